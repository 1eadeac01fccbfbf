package bulk_test

import (
	"context"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/exawire/exawire/bulk"
	"github.com/exawire/exawire/exatest"
)

// writtenFiles are files as programs write them, and worse.
func writtenFiles() map[string]string {
	random := make([]byte, 1_000_000)
	source := rand.NewChaCha8([32]byte{1})
	_, _ = source.Read(random)
	return map[string]string{
		"a spreadsheet":              "\ufeffId;Name;Price\r\n1;\"Müller; Söhne\";1.234,50\r\n2;\"say \"\"yes\"\"\";\r\n",
		"a spreadsheet in UTF-16":    "\xff\xfeI\x00d\x00\r\x00\n\x001\x00\r\x00\n\x00",
		"an old Macintosh":           "id,name\r1,a\r2,b\r",
		"without a last end":         "id,name\n1,a\n2,b",
		"mixed ends":                 "1\r\n2\n3\r4\n\r5",
		"values with separators":     "1,\"a,b\",\"c\nd\",\"e\r\nf\",\"\"\"\"\n2,',',';','\t'\n",
		"NULL beside the empty text": "1,,\"\"\n2,\"\",\n,,\n\"\",\"\",\"\"\n",
		"comments":                   "# a comment\n#1,2\n\"#3\",4\n",
		"NUL":                        "1,a\x00b\n\x00\n2,\x00",
		"Latin-1":                    "1,M\xfcller\n2,caf\xe9\n",
		"what is no UTF-8":           "1,\xff\xfe\xfd\n2,\xc3\n3,\xed\xa0\x80\n",
		"control characters":         "1,\x1a\n2,\x04\x08\x7f\x1b[0m\n",
		"long line":                  "1," + strings.Repeat("ü", 1_000_000) + "\n2,b\n",
		"long line without end":      "\"" + strings.Repeat("x\n", 1_000_000),
		"only ends":                  "\n\n\r\n\n",
		"one byte":                   "x",
		"nothing":                    "",
		"a buffer":                   strings.Repeat("x", 256<<10),
		"a buffer and a byte":        strings.Repeat("x", 256<<10+1),
		"a buffer without a byte":    strings.Repeat("x", 256<<10-1),
		"what looks like chunks":     "5\r\nhello\r\n0\r\n\r\n",
		"what looks like an answer":  "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n",
		"no text at all":             string(random),
	}
}

// equal compares texts that may be long.
func equal(t *testing.T, what, want, got string) {
	t.Helper()
	if want != got {
		at := 0
		for at < min(len(want), len(got)) && want[at] == got[at] {
			at++
		}
		t.Errorf("%s: %d bytes, and not %d, which are the same up to %d", what, len(got), len(want), at)
	}
}

// Not a byte of a file is changed on its way to the database, however it goes.
func TestImportsChangeNoByte(t *testing.T) {
	dir := t.TempDir()
	for name, text := range writtenFiles() {
		t.Run(name, func(t *testing.T) {
			base := filepath.Join(dir, strings.ReplaceAll(name, " ", "_"))
			for path, content := range map[string]string{base + ".csv": text, base + ".csv.gz": gzipped(t, text)} {
				if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			inWorld(t, func(t *testing.T, w *world) {
				sources := map[string]struct {
					from   bulk.Source
					opts   []bulk.Option
					zipped bool
				}{
					"reader":                        {from: bulk.FromReader(strings.NewReader(text))},
					"reader, once":                  {from: bulk.FromReader(struct{ io.Reader }{strings.NewReader(text)})},
					"reader, encrypted":             {from: bulk.FromReader(strings.NewReader(text)), opts: []bulk.Option{bulk.Encrypt(bulk.EncryptionPinned)}},
					"reader, compressed on the way": {from: bulk.FromReader(strings.NewReader(text)), opts: []bulk.Option{bulk.Compress()}, zipped: true},
					"reader of gzip":                {from: bulk.FromReader(strings.NewReader(gzipped(t, text))), opts: []bulk.Option{bulk.Compressed(bulk.Gzip)}, zipped: true},
					"opened":                        {from: bulk.FromOpen("x.csv", func(context.Context) (io.ReadCloser, error) { return io.NopCloser(strings.NewReader(text)), nil })},
					"file":                          {from: bulk.FromFiles(base + ".csv")},
					"file, compressed on the way":   {from: bulk.FromFiles(base + ".csv"), opts: []bulk.Option{bulk.Compress()}, zipped: true},
					"file of gzip":                  {from: bulk.FromFiles(base + ".csv.gz"), zipped: true},
				}
				for way, c := range sources {
					w.read = map[string]string{}
					if _, err := bulk.Import(t.Context(), w.sess, "T", c.from, c.opts...); err != nil {
						t.Errorf("%s: %v", way, err)
						continue
					}
					got := w.read["000.csv"]
					if c.zipped {
						got = gunzipped(t, w.read["000.csv.gz"])
					}
					equal(t, way, text, got)
				}
			})
		})
	}
}

// Nor is one on the way from the database.
func TestExportsChangeNoByte(t *testing.T) {
	dir := t.TempDir()
	for name, text := range writtenFiles() {
		t.Run(name, func(t *testing.T) {
			inWorld(t, func(t *testing.T, w *world) {
				w.srv.HandleSQL("EXPORT ...", exatest.ExportFiles(func(name string, content io.Writer) (int64, error) {
					sent := text
					if strings.HasSuffix(name, ".gz") {
						sent = gzipped(t, text)
					}
					_, err := io.WriteString(content, sent)
					return 1, err
				}))
				export := func(way string, to bulk.Target, opts ...bulk.Option) {
					t.Helper()
					if _, err := bulk.Export(t.Context(), w.sess, "T", to, opts...); err != nil {
						t.Errorf("%s: %v", way, err)
					}
				}
				var plain, secure, unpacked, packed strings.Builder
				export("writer", bulk.ToWriter(&plain))
				equal(t, "writer", text, plain.String())
				export("writer, encrypted", bulk.ToWriter(&secure), bulk.Encrypt(bulk.EncryptionPinned))
				equal(t, "writer, encrypted", text, secure.String())
				export("writer, compressed on the way", bulk.ToWriter(&unpacked), bulk.Compress())
				equal(t, "writer, compressed on the way", text, unpacked.String())
				export("writer of gzip", bulk.ToWriter(&packed), bulk.Compressed(bulk.Gzip))
				equal(t, "writer of gzip", text, gunzipped(t, packed.String()))
				path := filepath.Join(dir, strings.ReplaceAll(name, " ", "_")+".csv")
				export("file", bulk.ToFiles(path))
				b, err := os.ReadFile(path)
				if err != nil {
					t.Fatal(err)
				}
				equal(t, "file", text, string(b))
			})
		})
	}
}
