package exasqlite_test

import (
	"bytes"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/exawire/exawire"
	"github.com/exawire/exawire/bulk"
)

// alter changes the settings of a session.
func alter(t testing.TB, sess *exawire.Session, numeric, zone string, formats [2]string) {
	t.Helper()
	language := "ENG"
	if strings.HasPrefix(formats[0], "DD-MON") {
		language = "DEU" // MÄR, DEZ
	}
	for name, value := range map[string]string{
		"NLS_NUMERIC_CHARACTERS": numeric, "NLS_DATE_FORMAT": formats[0], "NLS_TIMESTAMP_FORMAT": formats[1], "TIME_ZONE": zone, "NLS_DATE_LANGUAGE": language,
	} {
		mustExec(t, sess, fmt.Sprintf("ALTER SESSION SET %s = '%s'", name, value))
	}
}

// TestBulkRowsRoundTrip writes and reads rows with every type under many settings, and expects what Insert has written and
// Collect reads. Pairs of choices are as in TestBulkFilesRoundTrip.
func TestBulkRowsRoundTrip(t *testing.T) {
	for generation := range 2 {
		t.Run(releases[2*generation], func(t *testing.T) {
			t.Parallel()
			servers := []*bulkServer{newBulkServer(t, releases[2*generation]), newBulkServer(t, releases[2*generation+1])}
			for _, s := range servers {
				s.fill(t, 20/min(slowdown, 10), anyText)
				mustExec(t, s.check, typesTable("B", s.digits))
			}
			sizes := []int{2, 2, 2, 2, len(numerics), len(zones), len(dateFormats)}
			for i, c := range pairs(rand.New(rand.NewPCG(4, uint64(generation))), sizes, func([]int) {}) {
				if i%min(slowdown, 4) == 0 {
					t.Run(fmt.Sprint(c), func(t *testing.T) { servers[i/min(slowdown, 4)%2].moveRows(t, c, bulk.EncryptionOff) })
				}
			}
		})
	}
}

func (s *bulkServer) moveRows(t *testing.T, c []int, encrypt bulk.Encryption) {
	t.Helper()
	sess, want := s.sessions[c[0]], slices.Clone(s.rows[anyText])
	alter(t, sess, numerics[c[4]], zones[c[5]], dateFormats[c[6]])
	opts := []bulk.Option{bulk.Parallel([]int{1, 4}[c[1]]), bulk.Encrypt(encrypt)}
	if c[2] == 1 {
		opts = append(opts, bulk.Compress())
	}
	result, err := bulk.ImportRows(t.Context(), sess, "B", exawire.WithoutErrors(slices.Values(want)), opts...)
	if err != nil || result.Rows != int64(len(want)) {
		t.Fatalf("%d rows of %d were imported, %v", result.Rows, len(want), err)
	}
	s.compare(t, "B", want)
	s.equal(t, "A0", "B")
	mustExec(t, s.check, "TRUNCATE TABLE b")

	query := "SELECT * FROM a0 ORDER BY id"
	if c[3] == 1 {
		query = "A0"
	}
	var got []typesRow
	for row, err := range bulk.ExportRows[typesRow](t.Context(), sess, query, opts...) {
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, row)
	}
	slices.SortFunc(got, func(a, b typesRow) int { return int(a.ID - b.ID) })
	if diff := cmp.Diff(want, got, sameDecimals); diff != "" {
		t.Errorf("exported (-want +got):\n%.6000s", diff)
	}
	for _, row := range got { // a time of a session's zone says so
		if row.Z != nil && row.Z.Location().String() != locationOf(sess) {
			t.Fatalf("%v is in %v", row.Z, row.Z.Location())
		}
	}
}

// locationOf is the name of a session's time zone as Go has it.
func locationOf(sess *exawire.Session) string {
	switch sess.Attributes().Timezone {
	case "EUROPE/BERLIN":
		return "Europe/Berlin"
	case "AMERICA/NEW_YORK":
		return "America/New_York"
	}
	return "UTC"
}

// TestBulkEncryption moves tables with every type, by files and by rows, through four encrypted tunnels at each release.
func TestBulkEncryption(t *testing.T) {
	t.Parallel()
	const plain, encrypted = 0, 1
	for r, release := range releases {
		s := newBulkServer(t, release)
		s.fill(t, 3, anyText)
		mustExec(t, s.check, typesTable("B", s.digits))
		session, encrypt := encrypted, []bulk.Encryption{bulk.EncryptionUnverified, bulk.EncryptionUnverified, bulk.EncryptionAuto, bulk.EncryptionPinned}[r]
		if r%2 == 1 {
			session = plain
		}
		s.moveFiles(t, fileCase{
			session: session, parallel: 4, doors: 4 - r, fields: true, compress: r == 2, encrypt: encrypt, numeric: ".,", zone: "UTC", date: dateFormats[0][0], timestamp: dateFormats[0][1],
		})
		if r > 0 {
			s.moveRows(t, []int{encrypted, 1, r % 2, 0, 1, 0, 1}, []bulk.Encryption{0, bulk.EncryptionUnverified, bulk.EncryptionPinned, bulk.EncryptionAuto}[r])
		}
	}
}

// TestBulkEncryptionChoices: what a release cannot do is refused, and what needs no encryption has none.
func TestBulkEncryptionChoices(t *testing.T) {
	t.Parallel()
	for r, release := range releases {
		s := newBulkServer(t, release)
		mustExec(t, s.check, "CREATE TABLE t (v VARCHAR(100))")
		for kind, sess := range s.sessions {
			for choice, refused := range map[bulk.Encryption]bool{
				bulk.EncryptionAuto: kind == 1 && r < 2, bulk.EncryptionPinned: r < 2, bulk.EncryptionUnverified: r == 3, bulk.EncryptionOff: false,
			} {
				if isPlain := choice == bulk.EncryptionOff || choice == bulk.EncryptionAuto && kind == 0; !refused && !isPlain {
					continue
				}
				opt := bulk.Encrypt(choice)
				_, err := bulk.Import(t.Context(), sess, "T", bulk.FromReader(strings.NewReader("a\n")), opt)
				var b bytes.Buffer
				_, exportErr := bulk.Export(t.Context(), sess, "T", bulk.ToWriter(&b), opt)
				if (err != nil) != refused || (exportErr != nil) != refused || !refused && !strings.HasPrefix(b.String(), "a\n") {
					t.Errorf("release %s, session %d, choice %d: %v, %v, %q", release, kind, choice, err, exportErr, b.String())
				}
			}
		}
	}
}

// TestBulkLongTextsAndManyRows moves texts of 2,000,000 characters, and rows enough for each of several files.
func TestBulkLongTextsAndManyRows(t *testing.T) {
	t.Parallel()
	type long struct {
		ID int64
		V  string
		W  *string
	}
	n := 2_000_000 / min(slowdown, 10)
	want := []long{
		{0, strings.Repeat("ä", n), nil}, {1, strings.Repeat("\"\r\n,", n/4), ptr(strings.Repeat("x", n))}, {2, strings.Repeat("\U0001F600", n), ptr("#")},
	}
	for id := 3; id < 4500/min(slowdown, 100); id++ {
		want = append(want, long{int64(id), fmt.Sprint("text ", id), nil})
	}
	s := newBulkServer(t, "8.32.0")
	for _, name := range []string{"A", "B"} {
		mustExec(t, s.check, "CREATE TABLE "+name+" (id DECIMAL(18,0), v VARCHAR(2000000), w VARCHAR(2000000))")
	}
	sess := s.sessions[0]
	if _, err := bulk.ImportRows(t.Context(), sess, "A", exawire.WithoutErrors(slices.Values(want)), bulk.Parallel(4)); err != nil {
		t.Fatal(err)
	}
	d := doorsFor(t, 4)
	if _, err := bulk.Export(t.Context(), sess, "A", d.to, bulk.Format(bulk.CSV{Header: true, Delimit: bulk.DelimitAlways})); err != nil {
		t.Fatal(err)
	}
	if _, err := bulk.Import(t.Context(), sess, "B", d.from(), bulk.Format(bulk.CSV{Header: true}), bulk.Parallel(3)); err != nil {
		t.Fatal(err)
	}
	s.equal(t, "A", "B")
	for _, parallel := range []int{1, 4} {
		rows, err := bulk.Query(t.Context(), sess, "SELECT * FROM b ORDER BY id", bulk.Parallel(parallel))
		if err != nil {
			t.Fatal(err)
		}
		got, err := exawire.Collect[long](rows)
		if err != nil {
			t.Fatal(err)
		}
		slices.SortFunc(got, func(a, b long) int { return int(a.ID - b.ID) })
		if !cmp.Equal(want, got) {
			t.Errorf("%d tunnels: other rows", parallel)
		}
	}
}

// TestBulkRepeatedHours: rows of the hours at which clocks are changed are what Insert and Collect make of them, errors
// included, whatever the session says of such hours.
func TestBulkRepeatedHours(t *testing.T) {
	t.Parallel()
	type moment struct {
		ID int64
		Z  time.Time
	}
	for i, release := range []string{"7.1.30", "8.32.0"} {
		zone := zones[i+1]
		s := newBulkServer(t, release)
		mustExec(t, s.check, "CREATE TABLE a (id DECIMAL(18,0), z TIMESTAMP WITH LOCAL TIME ZONE)")
		mustExec(t, s.check, "CREATE TABLE b LIKE a")
		sess := s.sessions[0]
		alter(t, sess, ".,", zone, dateFormats[0])
		for _, behavior := range []string{"INVALID SHIFT AMBIGUOUS ST", "INVALID SHIFT AMBIGUOUS DST", "INVALID REJECT AMBIGUOUS REJECT", "INVALID NULL AMBIGUOUS NULL", "ENSURE REVERSIBILITY"} {
			mustExec(t, sess, fmt.Sprintf("ALTER SESSION SET TIME_ZONE_BEHAVIOR = '%s'", behavior))
			for id, at := range []time.Time{
				time.Date(2024, 10, 27, 0, 30, 0, 0, time.UTC), time.Date(2024, 10, 27, 1, 30, 0, 0, time.UTC), time.Date(2024, 3, 31, 1, 0, 0, 0, time.UTC),
				time.Date(2024, 11, 3, 5, 30, 0, 0, time.UTC), time.Date(2024, 11, 3, 6, 30, 0, 0, time.UTC), time.Date(2024, 3, 10, 7, 0, 0, 0, time.UTC),
			} {
				row := []moment{{int64(id), at}}
				_, wantErr := exawire.Insert(t.Context(), sess, "A", slices.Values(row))
				_, gotErr := bulk.ImportRows(t.Context(), sess, "B", exawire.WithoutErrors(slices.Values(row)))
				if diff := cmp.Diff(strings.ReplaceAll(reasonOf(wantErr), "TIMESTAMP(3)", "TIMESTAMP"), strings.ReplaceAll(reasonOf(gotErr), "TIMESTAMP(3)", "TIMESTAMP")); diff != "" {
					t.Errorf("%s, %s, %v (-Insert +ImportRows):\n%s", zone, behavior, at, diff)
				}
			}
			s.equal(t, "A", "B")
			rows, err := sess.Query(t.Context(), "SELECT * FROM a ORDER BY id")
			if err != nil {
				t.Fatal(err)
			}
			want, wantErr := exawire.Collect[moment](rows)
			if rows, err = bulk.Query(t.Context(), sess, "SELECT * FROM b ORDER BY id"); err != nil {
				t.Fatal(err)
			}
			got, gotErr := exawire.Collect[moment](rows)
			if diff := cmp.Diff(want, got); diff != "" || fmt.Sprint(wantErr) != fmt.Sprint(gotErr) {
				t.Errorf("%s, %s: %v, %v (-Collect +bulk):\n%s", zone, behavior, wantErr, gotErr, diff)
			}
			mustExec(t, s.check, "TRUNCATE TABLE a")
			mustExec(t, s.check, "TRUNCATE TABLE b")
		}
	}
}

// reasonOf is why a value was refused, "" if none was.
func reasonOf(err error) string {
	if err == nil {
		return ""
	}
	var param *exawire.ParamError
	if !errors.As(err, &param) {
		return err.Error()
	}
	return fmt.Sprintf("row %d, column %d %s %v: %s", param.Row, param.Column, param.Name, param.SQLType, param.Err)
}
