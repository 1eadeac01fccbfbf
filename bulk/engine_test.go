package bulk

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/google/go-cmp/cmp"

	"github.com/exawire/exawire"
	"github.com/exawire/exawire/exatest"
)

// bubble runs a test in virtual time with a session of a server on a virtual network. change adapts the configuration.
func bubble(t *testing.T, change func(*exawire.Config), opts []exatest.Option, test func(t *testing.T, srv *exatest.Server, s *exawire.Session)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		vn := exatest.NewVirtualNetwork()
		srv := exatest.NewServer(t, append([]exatest.Option{exatest.WithNetwork(vn)}, opts...)...)
		test(t, srv, session(t, srv, change))
	})
}

// session opens a session, which is closed when the test ends.
func session(t *testing.T, srv *exatest.Server, change func(*exawire.Config)) *exawire.Session {
	t.Helper()
	cfg, err := exawire.ParseDSN(srv.DSN())
	if err != nil {
		t.Fatal(err)
	}
	cfg.DialContext = srv.DialContext
	if change != nil {
		change(cfg)
	}
	client, err := exawire.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	s, err := client.Connect(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close(context.Background()) })
	return s
}

// transferOf makes a transfer whose statements are as short as they can be. Unless the options say otherwise, it is not
// encrypted: to make a key takes longer than most tests.
func transferOf(s *exawire.Session, op string, files []file, opts ...Option) *transfer {
	return &transfer{
		op: op, session: s, files: files, options: newOptions(append([]Option{Encrypt(EncryptionOff)}, opts...)),
		exec: func(ctx context.Context, sql string) (int64, error) { return s.Exec(ctx, sql) },
		sql: func(places []place) string {
			text := "IMPORT INTO T FROM CSV"
			if op == opExport {
				text = "EXPORT T INTO CSV"
			}
			for _, p := range places {
				text += " AT '" + p.address + "'"
				if p.pin != "" {
					text += " PUBLIC KEY '" + p.pin + "'"
				}
				text += " FILE '" + p.name + "'"
			}
			return text
		},
	}
}

// textFile is a file with this content to import, which fails behind it if err is not nil.
func textFile(name, content string, err error) file {
	return file{name: name, suffix: ".csv", size: int64(len(content)), send: func(_ context.Context, to io.Writer) error {
		if _, err := io.WriteString(to, content); err != nil {
			return err
		}
		return err
	}}
}

// keeping is a file to export, which fails at its end if err is not nil.
func keeping(name string, to *string, err error) file {
	return file{name: name, suffix: ".csv", size: -1, receive: func(_ context.Context, from io.Reader) error {
		b, end := io.ReadAll(from)
		*to += string(b)
		return errors.Join(end, err)
	}}
}

// imports answers each IMPORT and keeps what it reads.
func imports(srv *exatest.Server, got *[]string) {
	srv.HandleSQL("IMPORT ...", exatest.ImportFiles(func(name string, content io.Reader) (int64, error) {
		b, err := io.ReadAll(content)
		*got = append(*got, fmt.Sprintf("%s: %q", name, b))
		return int64(strings.Count(string(b), "\n")), err
	}))
}

// statements returns the first words of what the server has run, and what was said of autocommit.
func statements(srv *exatest.Server) (all []string) {
	for _, r := range srv.Requests("") {
		switch r.Command {
		case "execute":
			word, _, _ := strings.Cut(r.SQL, " ")
			all = append(all, word)
		case "setAttributes":
			var attributes struct{ Autocommit bool }
			_ = json.Unmarshal(r.Field("attributes"), &attributes)
			all = append(all, fmt.Sprint("autocommit ", attributes.Autocommit))
		}
	}
	return all
}

// check compares the text of an error, "" for none.
func check(t *testing.T, err error, want string) {
	t.Helper()
	got := ""
	if err != nil {
		got = err.Error()
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("error (-want +got):\n%s", diff)
	}
}

// ways are the ways in which data can be protected, with what a server has to be for each.
var ways = map[string]struct {
	change func(*exawire.Config)
	opts   []exatest.Option
	set    []Option
	want   string // in the statement
}{
	"plain session":            {func(c *exawire.Config) { c.TLS, c.Plaintext, c.CertificateFingerprint = nil, true, "" }, []exatest.Option{exatest.WithPlaintext(), exatest.WithRelease("7.1.30")}, []Option{Encrypt(EncryptionAuto)}, "AT 'http://"},
	"encrypted session":        {nil, []exatest.Option{exatest.WithRelease("2025.1.3")}, []Option{Encrypt(EncryptionAuto)}, "PUBLIC KEY 'sha256//"},
	"oldest with a pin":        {nil, []exatest.Option{exatest.WithRelease("8.32.0")}, []Option{Encrypt(EncryptionAuto)}, "PUBLIC KEY 'sha256//"},
	"unverified":               {nil, []exatest.Option{exatest.WithRelease("8.29.13")}, []Option{Encrypt(EncryptionUnverified)}, "AT 'https://"},
	"pinned in plain sessions": {func(c *exawire.Config) { c.TLS, c.Plaintext, c.CertificateFingerprint = nil, true, "" }, []exatest.Option{exatest.WithPlaintext(), exatest.WithRelease("2025.1.3")}, []Option{Encrypt(EncryptionPinned)}, "PUBLIC KEY 'sha256//"},
	"off":                      {nil, []exatest.Option{exatest.WithRelease("2025.1.3")}, []Option{Encrypt(EncryptionOff)}, "AT 'http://"},
}

func TestImportFiles(t *testing.T) {
	for name, way := range ways {
		t.Run(name, func(t *testing.T) {
			bubble(t, way.change, way.opts, func(t *testing.T, srv *exatest.Server, s *exawire.Session) {
				var got []string
				imports(srv, &got)
				var last Progress
				opts := append([]Option{OnProgress(func(p Progress) { last = p })}, way.set...)
				files := []file{textFile("a.csv", "1,a\n", nil), textFile("", "2,b\n3,c\n", nil)}
				result, err := transferOf(s, opImport, files, opts...).runInTransaction(t.Context())
				check(t, err, "")
				progress := []FileProgress{{"a.csv", 4, 4, true}, {"", 8, 8, true}}
				if diff := cmp.Diff(Result{Rows: 3, Files: progress}, result); diff != "" {
					t.Errorf("result (-want +got):\n%s", diff)
				}
				if diff := cmp.Diff(Progress{Bytes: 12, Rows: 3, Files: progress, Done: true}, last); diff != "" {
					t.Errorf("progress (-want +got):\n%s", diff)
				}
				if diff := cmp.Diff([]string{`000.csv: "1,a\n"`, `001.csv: "2,b\n3,c\n"`}, got); diff != "" {
					t.Errorf("files (-want +got):\n%s", diff)
				}
				if sql := strings.Join(srv.Statements(), ";"); !strings.Contains(sql, way.want) {
					t.Errorf("%s does not have %s", sql, way.want)
				}
				if diff := cmp.Diff([]string{"autocommit false", "IMPORT", "COMMIT", "autocommit true"}, statements(srv)); diff != "" {
					t.Errorf("statements (-want +got):\n%s", diff)
				}
			})
		})
	}
}

func TestExportFiles(t *testing.T) {
	for name, way := range ways {
		t.Run(name, func(t *testing.T) {
			bubble(t, way.change, way.opts, func(t *testing.T, srv *exatest.Server, s *exawire.Session) {
				srv.HandleSQL("EXPORT ...", exatest.ExportFiles(func(name string, content io.Writer) (int64, error) {
					_, err := io.WriteString(content, name+"\n")
					return 1, err
				}))
				var a, b string
				result, err := transferOf(s, opExport, []file{keeping("a.csv", &a, nil), keeping("b.csv", &b, nil)}, way.set...).run(t.Context())
				check(t, err, "")
				want := Result{Rows: 2, Files: []FileProgress{{"a.csv", 8, -1, true}, {"b.csv", 8, -1, true}}}
				if diff := cmp.Diff(want, result); diff != "" {
					t.Errorf("result (-want +got):\n%s", diff)
				}
				if diff := cmp.Diff("000.csv\n001.csv\n", a+b); diff != "" {
					t.Errorf("files (-want +got):\n%s", diff)
				}
				if diff := cmp.Diff([]string{"EXPORT"}, statements(srv)); diff != "" {
					t.Errorf("statements (-want +got):\n%s", diff)
				}
			})
		})
	}
}

// What a release cannot do is refused before anything is sent, with what to do instead.
func TestEncryptionRefused(t *testing.T) {
	for _, test := range []struct {
		release string
		wanted  Encryption
		want    string
	}{
		{"8.31.9", EncryptionAuto, "bulk: import: release 8.31.9 of the database has no clause PUBLIC KEY, which came with 8.32, and so it cannot verify whom it talks to: choose Encrypt(EncryptionUnverified) to encrypt the data all the same, or Encrypt(EncryptionOff) to send it as it is"},
		{"7.1.30", EncryptionPinned, "bulk: import: release 7.1.30 of the database has no clause PUBLIC KEY, which came with 8.32, and so it cannot verify whom it talks to: choose Encrypt(EncryptionUnverified) to encrypt the data all the same, or Encrypt(EncryptionOff) to send it as it is"},
		{"2025.1.0", EncryptionUnverified, "bulk: import: release 2025.1.0 of the database refuses EncryptionUnverified, since it verifies whom it talks to: choose Encrypt(EncryptionPinned)"},
		{"2025.1.0", 17, "bulk: import: there is no Encryption(17)"},
	} {
		bubble(t, nil, []exatest.Option{exatest.WithRelease(test.release)}, func(t *testing.T, srv *exatest.Server, s *exawire.Session) {
			srv.ForgetRequests()
			_, err := transferOf(s, opImport, []file{textFile("a.csv", "", nil)}, Encrypt(test.wanted)).runInTransaction(t.Context())
			check(t, err, test.want)
			if n := len(srv.Requests("")); n > 0 || !exawire.SafeToRetry(err) {
				t.Errorf("%d requests; safe to retry: %t", n, exawire.SafeToRetry(err))
			}
		})
	}
}

func TestReleases(t *testing.T) {
	got := map[string]release{}
	want := map[string]release{
		"8.32.0": {8, 32}, "2025.1": {2025, 1}, "2026.1.0-rc2": {2026, 1}, "7.1.30": {7, 1},
		"": {}, "8": {}, "next": {}, "8.x": {}, "-1.2": {}, "0.0": {},
	}
	for version := range want {
		got[version] = releaseOf(version)
	}
	if diff := cmp.Diff(want, got, cmp.AllowUnexported(release{})); diff != "" {
		t.Errorf("releases (-want +got):\n%s", diff)
	}
	if (release{}).before(firstThatVerifies) || !(release{8, 31}).before(release{8, 32}) || (release{8, 32}).before(release{8, 32}) || (release{2025, 1}).before(release{8, 32}) {
		t.Error("releases are in the wrong order")
	}
}

// Further files go into further statements of the same transaction.
func TestMoreFilesThanTunnels(t *testing.T) {
	bubble(t, nil, nil, func(t *testing.T, srv *exatest.Server, s *exawire.Session) {
		var got []string
		imports(srv, &got)
		var files []file
		for i := range 5 {
			files = append(files, textFile("", fmt.Sprintf("%d\n", i), nil))
		}
		result, err := transferOf(s, opImport, files, Parallel(2)).runInTransaction(t.Context())
		check(t, err, "")
		if result.Rows != 5 || len(result.Files) != 5 {
			t.Errorf("result %+v", result)
		}
		want := []string{`000.csv: "0\n"`, `001.csv: "1\n"`, `002.csv: "2\n"`, `003.csv: "3\n"`, `004.csv: "4\n"`}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("files (-want +got):\n%s", diff)
		}
		if diff := cmp.Diff([]string{"autocommit false", "IMPORT", "IMPORT", "IMPORT", "COMMIT", "autocommit true"}, statements(srv)); diff != "" {
			t.Errorf("statements (-want +got):\n%s", diff)
		}
	})
}
