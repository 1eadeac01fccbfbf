package bulk_test

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/exawire/exawire/bulk"
	"github.com/exawire/exawire/exatest"
)

func quote(path string) string { return "'" + strings.ReplaceAll(path, "'", "''") + "'" }

func TestExec(t *testing.T) {
	dir := t.TempDir()
	a := writeFile(t, filepath.Join(dir, "it's.csv"), "1\n")
	b := writeFile(t, filepath.Join(dir, "*.csv.gz"), gzipped(t, "2\n"))
	d := newDoor(t)
	result, err := bulk.Exec(t.Context(), d.sess, "IMPORT INTO T FROM LOCAL CSV FILE "+quote(a)+" FILE "+quote(b)+" SKIP = 0;")
	if err != nil {
		t.Fatal(err)
	}
	same(t, "files", map[string]string{"000.csv": "1\n", "001.csv.gz": readFile(t, b)}, d.files)
	same(t, "files of the result", 2, len(result.Files))
	same(t, "statements", []string{"IMPORT", "COMMIT"}, d.statements())

	d.sends = []string{"3\n4\n"}
	out := filepath.Join(dir, "out.csv")
	result, err = bulk.Exec(t.Context(), d.sess, "EXPORT T INTO LOCAL CSV FILE "+quote(out)+" WITH COLUMN NAMES")
	if err != nil {
		t.Fatal(err)
	}
	same(t, "rows", int64(2), result.Rows)
	same(t, "content", "3\n4\n", readFile(t, out))

	clear(d.files)
	if _, err = bulk.Exec(t.Context(), d.sess, "IMPORT INTO T FROM LOCAL FBV FILE "+quote(a)+" (SIZE=1)", bulk.Compress()); err != nil {
		t.Fatal(err)
	}
	same(t, "compressed here", "1\n", gunzipped(t, d.files["000.fbv.gz"]))

	d.HandleSQL("DELETE FROM T", exatest.RowCount(7))
	result, err = bulk.Exec(t.Context(), d.sess, "DELETE FROM T")
	if err != nil || result.Rows != 7 {
		t.Errorf("%+v, %v", result, err)
	}
}

// LOCAL SECURE is encrypted in a session that is not.
func TestExecSecure(t *testing.T) {
	d := newDoor(t)
	a := writeFile(t, filepath.Join(t.TempDir(), "a.csv"), "1\n")
	for _, tt := range []struct {
		local string
		opt   bulk.Option
		want  bool
	}{
		{"LOCAL", nil, false},
		{"LOCAL SECURE", nil, true},
		{"LOCAL SECURE", bulk.Encrypt(bulk.EncryptionPinned), true},
		{"LOCAL", bulk.Encrypt(bulk.EncryptionPinned), true},
	} {
		d.reset()
		if _, err := bulk.Exec(t.Context(), d.sess, "IMPORT INTO T FROM "+tt.local+" CSV FILE "+quote(a), tt.opt); err != nil {
			t.Fatal(err)
		}
		for _, r := range d.Requests("execute")[d.seen:] {
			if strings.HasPrefix(r.SQL, "IMPORT") {
				same(t, tt.local, tt.want, strings.Contains(r.SQL, "AT 'https://") && strings.Contains(r.SQL, " PUBLIC KEY '"))
			}
		}
	}
	_, err := bulk.Exec(t.Context(), d.sess, "EXPORT T INTO LOCAL SECURE CSV FILE 'a'", bulk.Encrypt(bulk.EncryptionOff))
	if err == nil || !strings.Contains(err.Error(), "leave out one of them") {
		t.Error(err)
	}
}

func TestExecRefused(t *testing.T) {
	dir := t.TempDir()
	d := newDoor(t)
	for sql, want := range map[string]string{
		"IMPORT INTO T FROM LOCAL CSV FILE " + quote(dir):                              "is a directory",
		"IMPORT INTO T FROM LOCAL CSV FILE " + quote(filepath.Join(dir, "*.csv")):      "no such file",
		"IMPORT INTO T FROM LOCAL CSV FILE ''":                                         "path is empty",
		"IMPORT INTO T FROM LOCAL CSV":                                                 "are to follow",
		"IMPORT INTO T FROM LOCAL PARQUET FILE 'a'":                                    "no such file",
		"EXPORT T INTO LOCAL CSV FILE " + quote(dir):                                   "is a directory",
		"EXPORT T INTO LOCAL CSV FILE " + quote(filepath.Join(dir, "a.zip")):           "does not write zip",
		"EXPORT T INTO LOCAL CSV FILE " + quote(filepath.Join(dir, "absent", "a.csv")): "no such file",
	} {
		_, err := bulk.Exec(t.Context(), d.sess, sql)
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, not %q", sql, err, want)
		}
	}
	same(t, "statements", []string(nil), d.statements())
	same(t, "files", []string(nil), inDir(t, dir))
}
