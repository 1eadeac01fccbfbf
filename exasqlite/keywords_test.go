package exasqlite_test

import (
	"context"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/exawire/exawire/commands"
	"github.com/exawire/exawire/exatest"
)

// TestKeywordsByRelease checks that the words of a release are reserved in it and are names before: in statements, in
// EXA_SQL_KEYWORDS and in getKeywords.
func TestKeywordsByRelease(t *testing.T) {
	newer := []string{"CROSS", "CURRENT_CLUSTER", "CURRENT_CLUSTER_UID", "PARQUET"}
	for release, want := range map[string]string{
		"7.1.30":    "",
		"8.0.0":     "CURRENT_CLUSTER CURRENT_CLUSTER_UID",
		"8.32.0":    "CURRENT_CLUSTER CURRENT_CLUSTER_UID",
		"2025.1.11": "CURRENT_CLUSTER CURRENT_CLUSTER_UID PARQUET",
	} {
		t.Run(release, func(t *testing.T) {
			s, err := newBackend(t).Connect(context.Background(), exatest.SessionInfo{
				Release: release, Version: commands.V3, Attributes: commands.DefaultAttributes(),
			})
			if err != nil {
				t.Fatal(err)
			}
			defer func() { _ = s.Close() }()
			var refused []string
			for _, word := range newer {
				if _, err := s.Execute(context.Background(), "SELECT 1 AS "+word); err != nil {
					refused = append(refused, word)
				}
			}
			run(t, s, "CREATE SCHEMA s")
			run(t, s, `CREATE VIEW v AS SELECT 1 AS "PARQUET"`)
			listed := run(t, s, "SELECT keyword FROM exa_sql_keywords WHERE reserved AND keyword IN ('"+strings.Join(newer, "', '")+"') ORDER BY 1")
			answered, err := s.Metadata(context.Background(), "getKeywords", nil)
			if err != nil {
				t.Fatal(err)
			}
			var words []exatest.Keyword
			for i := range answered.Data[0].Len() {
				word, _ := answered.Data[0].AppendText(nil, i)
				reserved, _ := answered.Data[1].AppendText(nil, i)
				words = append(words, exatest.Keyword{Word: string(word), Reserved: string(reserved) == "true"})
			}
			if diff := cmp.Diff(exatest.Keywords(release), words); diff != "" {
				t.Errorf("getKeywords (-want +got):\n%s", diff)
			}
			got := []string{strings.Join(refused, " "), strings.ReplaceAll(strings.TrimPrefix(strings.TrimPrefix(show(listed, nil),
				"KEYWORD VARCHAR(128) UTF8"), "\n"), "\n", " ")}
			if diff := cmp.Diff([]string{want, want}, got); diff != "" {
				t.Errorf("reserved in statements, in the table (-want +got):\n%s", diff)
			}
		})
	}
}
