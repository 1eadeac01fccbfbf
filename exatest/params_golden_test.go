package exatest_test

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/exawire/exawire/commands"
	"github.com/exawire/exawire/exatest"
	"github.com/exawire/exawire/exatest/internal/testclient"
)

// TestGoldenParameters sends the documents that have a column for each kind of Go value. A strict server takes all of
// them and reads what was sent.
func TestGoldenParameters(t *testing.T) {
	paths, err := filepath.Glob("../commands/testdata/requests/executePreparedStatement.from.*.json")
	if err != nil || len(paths) < 12 {
		t.Fatalf("%d documents, %v", len(paths), err)
	}
	for _, path := range paths {
		doc, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		var request struct {
			Columns []commands.ColumnInfo
			Data    [][]json.RawMessage
		}
		if err := json.Unmarshal(doc, &request); err != nil {
			t.Fatal(err)
		}
		srv := exatest.NewServer(t)
		srv.HandleSQL("INSERT", exatest.RowCount(2).Params(request.Columns...))
		c := testclient.Connect(t, srv)
		c.OK(`{"command":"createPreparedStatement","sqlText":"INSERT"}`)
		c.OK("%s", bytes.Replace(doc, []byte(`"statementHandle":9`), []byte(`"statementHandle":1`), 1))
		c.OK(`{"command":"closePreparedStatement","statementHandle":1}`)
		for i, values := range srv.Requests("executePreparedStatement")[0].Params {
			for row := range values.Len() {
				text, null := values.AppendText(nil, row)
				sent := string(request.Data[i][row])
				want := sent
				if strings.HasPrefix(sent, `"`) {
					if err := json.Unmarshal(request.Data[i][row], &want); err != nil {
						t.Fatal(err)
					}
				}
				if null != (sent == "null" || want == "") || !null && !equivalent(string(text), want) {
					t.Errorf("%s: column %d, row %d: %s became %q, NULL %v", filepath.Base(path), i, row, sent, text, null)
				}
			}
		}
	}
}

// equivalent reports whether two texts differ at most in what does not change the value: zeros behind a point and of a
// time of day, and padding.
func equivalent(a, b string) bool {
	canonical := func(s string) string {
		s = strings.TrimRight(s, " ")
		if strings.Contains(s, ".") {
			s = strings.TrimRight(strings.TrimRight(s, "0"), ".")
		}
		return s
	}
	return canonical(a) == canonical(b)
}
