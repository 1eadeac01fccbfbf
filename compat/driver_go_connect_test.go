package compat

import (
	"database/sql"
	"errors"
	"log"
	"os"
	"os/user"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/exawire/exawire"
	"github.com/exawire/exawire/commands"
	"github.com/exawire/exawire/exasqlite"
	"github.com/exawire/exawire/exatest"
	"github.com/exawire/exawire/stdlib"
)

// The tests of these files do what programs do that were written for github.com/exasol/exasol-driver-go. What differs is
// asserted as it is here, and has a line in docs/from-exasol-driver-go.md.

// official opens a pool by a connection string in the form of the official driver, with these keys behind the credentials.
func official(t *testing.T, srv *exatest.Server, keys string) *sql.DB {
	t.Helper()
	db, err := sql.Open(stdlib.DriverName, "exa:"+srv.Addr()+";user=sys;password=exasol"+keys)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	return db
}

// insecure are the keys of those who do not verify certificates.
const insecure = ";validateservercertificate=0"

// sqlServer starts a server with SQL and no schema.
func sqlServer(t *testing.T, opts ...exatest.Option) *exatest.Server {
	t.Helper()
	backend, err := exasqlite.New()
	if err != nil {
		t.Fatal(err)
	}
	return exatest.NewServer(t, append([]exatest.Option{exatest.WithBackend(backend)}, opts...)...)
}

// eachRelease runs a test with every version of the protocol.
func eachRelease(t *testing.T, test func(t *testing.T, srv *exatest.Server), opts ...exatest.Option) {
	t.Helper()
	for v := 1; v <= 5; v++ {
		t.Run("V"+string(rune('0'+v)), func(t *testing.T) {
			test(t, sqlServer(t, append([]exatest.Option{exatest.WithProtocolVersion(v)}, opts...)...))
		})
	}
}

// wantQueryWorks asks for a constant.
func wantQueryWorks(t *testing.T, db *sql.DB) {
	t.Helper()
	rows, err := db.QueryContext(t.Context(), "SELECT 2 FROM DUAL")
	if err != nil {
		t.Fatal(err)
	}
	names, err := rows.Columns()
	if diff := cmp.Diff([]string{"2"}, names); diff != "" || err != nil {
		t.Error(diff, err)
	}
	if diff := cmp.Diff([]string{"2"}, drain(t, rows)); diff != "" {
		t.Error(diff)
	}
}

func TestDriverGoConnect(t *testing.T) {
	eachRelease(t, func(t *testing.T, srv *exatest.Server) {
		wantQueryWorks(t, official(t, srv, insecure))
		wantQueryWorks(t, official(t, srv, insecure+";encryption=1"))
		wantQueryWorks(t, official(t, srv, insecure+";compression=1"))
		wantQueryWorks(t, official(t, srv, insecure+";compression=0"))
		wantQueryWorks(t, official(t, srv, insecure+";autocommit=1;fetchsize=20"))
		wantQueryWorks(t, official(t, srv, insecure+";certificatefingerprint="+strings.ToLower(srv.Fingerprint())))
		wantQueryWorks(t, official(t, srv, ";validateservercertificate=1;certificatefingerprint="+srv.Fingerprint()))
	})
}

// The path of a gateway goes into the request of the WebSocket.
func TestDriverGoURLPath(t *testing.T) {
	eachRelease(t, func(t *testing.T, srv *exatest.Server) {
		db := official(t, srv, insecure+";urlpath=v1/databases/db123/connect?ticket=123")
		wantQueryWorks(t, db)
		if path := srv.Sessions()[0].Path; path != "/v1/databases/db123/connect?ticket=123" {
			t.Errorf("path %q", path)
		}
	})
}

// A login that fails names its cause, by type and by code instead of by the text alone.
func TestDriverGoConnectFails(t *testing.T) {
	eachRelease(t, func(t *testing.T, srv *exatest.Server) {
		for name, dsn := range map[string]string{
			"user":     "exa:" + srv.Addr() + insecure + ";user=wronguser;password=exasol",
			"password": "exa:" + srv.Addr() + insecure + ";user=sys;password=wrongPassword",
		} {
			db, err := sql.Open("exawire", dsn)
			if err != nil {
				t.Fatal(err)
			}
			defer db.Close()
			var e *exawire.Error
			if err := db.PingContext(t.Context()); !errors.As(err, &e) || e.SQLCode != "08004" || !strings.Contains(e.Text, "authentication failed") {
				t.Errorf("wrong %s: %v", name, err)
			} else if strings.Contains(err.Error(), "wrongPassword") {
				t.Errorf("%v holds the password", err)
			}
		}
		for dsn, op := range map[string]string{
			"exa:127.0.0.1:1;user=sys;password=exasol":        "dial",
			"exa:wrong.invalid:8563;user=sys;password=exasol": "resolve",
		} {
			db, err := sql.Open("exawire", dsn)
			if err != nil {
				t.Fatal(err)
			}
			defer db.Close()
			var e *exawire.ConnectError
			if err := db.PingContext(t.Context()); !errors.As(err, &e) || e.Op != op {
				t.Errorf("%s: %v", dsn, err)
			}
		}
	})
}

// Tokens log in where the protocol has them.
func TestDriverGoTokens(t *testing.T) {
	srv := sqlServer(t, exatest.WithAccessToken("sys", "access.token"), exatest.WithRefreshToken("sys", "refresh.token"))
	for keys, ok := range map[string]bool{
		"accesstoken=access.token": true, "refreshtoken=refresh.token": true, "accesstoken=invalid": false, "refreshtoken=invalid": false,
	} {
		db, err := sql.Open("exawire", "exa:"+srv.Addr()+insecure+";"+keys)
		if err != nil {
			t.Fatal(err)
		}
		defer db.Close()
		err = db.PingContext(t.Context())
		var e *exawire.Error
		if ok != (err == nil) || !ok && (!errors.As(err, &e) || e.SQLCode != "08004") {
			t.Errorf("%s: %v", keys, err)
		}
	}
}

// Hosts that cannot be reached are passed over.
func TestDriverGoHosts(t *testing.T) {
	srv := sqlServer(t)
	host, port, _ := strings.Cut(srv.Addr(), ":")
	db, err := sql.Open("exawire", "exa:wrong0.invalid,wrong1.invalid,"+host+":"+port+insecure+";user=sys;password=exasol")
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	wantQueryWorks(t, db)
}

// A certificate is verified unless the keys say otherwise, and a fingerprint is compared in any case. The error shows the
// fingerprint that the server has.
func TestDriverGoCertificate(t *testing.T) {
	srv := sqlServer(t)
	wrong := strings.Repeat("ab", 32)
	for keys, want := range map[string]string{
		"":                                 "certificate",
		";validateservercertificate=1":     "certificate",
		";certificatefingerprint=" + wrong: srv.Fingerprint(),
		";validateservercertificate=0;certificatefingerprint=" + wrong: srv.Fingerprint(),
		";validateservercertificate=1;certificatefingerprint=" + wrong: srv.Fingerprint(),
	} {
		err := official(t, srv, keys).PingContext(t.Context())
		if err == nil || !strings.Contains(strings.ToUpper(err.Error()), strings.ToUpper(want)) {
			t.Errorf("%q: error %v does not say %q", keys, err, want)
		}
	}
}

// encryption=0 works with the releases that allow it; the others say what they want.
func TestDriverGoEncryptionOff(t *testing.T) {
	wantQueryWorks(t, official(t, sqlServer(t, exatest.WithPlaintext()), ";encryption=0"))
	err := official(t, sqlServer(t), ";encryption=0").PingContext(t.Context())
	wantError(t, err, nil, "08004", "TLS")
}

// The server's tables show the program by the keys clientname and clientversion, and exawire as its driver.
func TestDriverGoClient(t *testing.T) {
	eachRelease(t, func(t *testing.T, srv *exatest.Server) {
		const query = "SELECT client, driver, os_user, os_name FROM exa_user_sessions WHERE session_id = CURRENT_SESSION"
		osUser, err := user.Current()
		if err != nil {
			t.Skip(err)
		}
		tail := " exawire " + exawire.Version + " " + osUser.Username + " " + runtime.GOOS + " " + runtime.GOARCH
		wantTexts(t, official(t, srv, insecure), query, "exawire "+exawire.Version+tail)
		wantTexts(t, official(t, srv, insecure+";clientname=My Client;clientversion=1.2"), query, "My Client 1.2"+tail)
		wantTexts(t, official(t, srv, insecure+";clientname=My Client"), query, "My Client "+exawire.Version+tail)
	})
}

// schema, querytimeout and resultsetmaxrows act as they should.
func TestDriverGoAttributes(t *testing.T) {
	eachRelease(t, func(t *testing.T, srv *exatest.Server) {
		db := official(t, srv, insecure)
		exec(t, db, "CREATE SCHEMA mine")
		wantTexts(t, official(t, srv, insecure+";schema=MINE"), "SELECT CURRENT_SCHEMA FROM DUAL", "MINE")
		if err := official(t, srv, insecure+";schema=NOSUCH").PingContext(t.Context()); err == nil {
			t.Error("a schema that does not exist can be opened")
		}
		if strings.HasSuffix(t.Name(), "/V1") {
			return // has no resultSetMaxRows
		}
		few := official(t, srv, insecure+";resultsetmaxrows=2")
		wantTexts(t, few, "SELECT n FROM VALUES BETWEEN 1 AND 10 AS v(n) ORDER BY n", "1", "2")
	})
	synctest.Test(t, func(t *testing.T) {
		vn := exatest.NewVirtualNetwork()
		srv := exatest.NewServer(t, exatest.WithNetwork(vn))
		db := openServer(t, srv, func(cfg *exawire.Config) {
			cfg.DialContext, cfg.Attributes = vn.DialContext, []exawire.Attribute{exawire.QueryTimeout(time.Second)}
		})
		_, err := db.QueryContext(t.Context(), `SELECT "$SLEEP"(2)`)
		var e *exawire.Error
		if !errors.As(err, &e) || e.SQLCode != "R0001" || !errors.Is(err, exawire.ErrQueryTimeout) {
			t.Errorf("querytimeout: %v", err)
		}
	})
}

// The newest version of the protocol that the server has is used.
func TestDriverGoProtocolVersion(t *testing.T) {
	for v := commands.V1; v <= commands.Latest; v++ {
		srv := sqlServer(t, exatest.WithProtocolVersion(int(v)))
		wantQueryWorks(t, official(t, srv, insecure))
		if got := srv.Sessions()[0].Version; got != v {
			t.Errorf("version %v instead of %v", got, v)
		}
	}
}

// Nothing is written to stderr or to the standard logger, whatever goes wrong.
func TestDriverGoLogsNothing(t *testing.T) {
	srv := sqlServer(t)
	file, err := os.Create(filepath.Join(t.TempDir(), "stderr"))
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	stderr, logged := os.Stderr, log.Writer()
	os.Stderr = file
	log.SetOutput(file)
	db := official(t, srv, insecure)
	_, failed := db.Exec("NONSENSE")
	srv.KillSessions()
	refused := official(t, srv, ";validateservercertificate=1").PingContext(t.Context())
	os.Stderr = stderr
	log.SetOutput(logged)
	if failed == nil || refused == nil {
		t.Errorf("no errors: %v, %v", failed, refused)
	}
	if text, err := os.ReadFile(file.Name()); err != nil || len(text) > 0 {
		t.Errorf("%v, logged:\n%s", err, text)
	}
}

// Nothing that a connection string holds is in an error: neither the whole nor a password.
func TestDriverGoErrorsHaveNoSecrets(t *testing.T) {
	for _, dsn := range []string{"exaa:h:8563;password=s3cret", "exa:h:x;password=s3cret", "exa:h:8563;s3cret", "exa:h:8563;password=a;s3cret=1", "exa:h:8563;fetchsize=s3cret"} {
		_, err := sql.Open("exawire", dsn)
		if err == nil || strings.Contains(err.Error(), "s3cret") {
			t.Errorf("%q: error %v", dsn, err)
		}
	}
}
