package exasqlite_test

import (
	"context"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "write the outcomes into the files of testdata/corpus")

// TestCorpus runs the statements of each file in one session and compares their outcomes. A file is a list of blocks:
// "> " and a statement, which may go on in lines that begin with ". ", then the outcome, then an empty line. A line such as
// < a.csv "1,one\n" before a statement is a file that it imports. Files that it exports follow its outcome.
func TestCorpus(t *testing.T) {
	files, err := filepath.Glob("testdata/corpus/*.txt")
	if err != nil || len(files) == 0 {
		t.Fatalf("no corpus: %v", err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txt"), func(t *testing.T) {
			t.Parallel()
			content, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			files := newClientFiles()
			s := files.connect(t, newBackend(t))
			var got strings.Builder
			for block := range strings.SplitSeq(strings.TrimRight(string(content), "\n"), "\n\n") {
				head, sql := statementOf(block)
				if got.Len() > 0 {
					got.WriteString("\n")
				}
				if sql == "" {
					got.WriteString(block + "\n")
					continue
				}
				files.load(t, head)
				res, err := s.Execute(context.Background(), sql)
				got.WriteString(head + show(res, err) + files.take() + "\n")
			}
			if *update {
				if err := os.WriteFile(file, []byte(got.String()), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			if diff := cmp.Diff(string(content), got.String()); diff != "" && !*update {
				t.Errorf("outcomes (-want +got):\n%s", diff)
			}
		})
	}
}

// statementOf returns the lines of a block that hold the statement, and the statement. Comments begin with "# ".
func statementOf(block string) (head, sql string) {
	for line := range strings.Lines(block) {
		text := strings.TrimSuffix(line, "\n")
		switch {
		case strings.HasPrefix(text, "# "), strings.HasPrefix(text, "< "):
		case strings.HasPrefix(text, "> "):
			sql = text[2:]
		case strings.HasPrefix(text, ". "):
			sql += "\n" + text[2:]
		default:
			return head, sql
		}
		head += text + "\n"
	}
	return head, sql
}
