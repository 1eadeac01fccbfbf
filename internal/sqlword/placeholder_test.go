package sqlword_test

import (
	"testing"

	"github.com/exawire/exawire/internal/sqlword"
)

func TestPlaceholder(t *testing.T) {
	for _, tt := range []struct{ sql, want string }{
		{"SELECT * FROM T WHERE ID = :id", ":name"},
		{"SELECT * FROM T WHERE ID = :1", ":name"},
		{"SELECT * FROM T WHERE ID = $1", "$1"},
		{"SELECT * FROM T WHERE ID = @p1", "@name"},
		{"SELECT * FROM T WHERE ID = {id}", "{name}"},
		{"SELECT * FROM T WHERE ID = {id!d}", "{name}"},
		{"SELECT * FROM T WHERE ID = {}", "{name}"},
		{"SELECT * FROM T WHERE ID = {0}", "{name}"},
		{"SELECT * FROM T WHERE ID = %s", "%s"},
		{"SELECT * FROM T WHERE ID = %(id)s", "%(name)s"},
		{"SELECT * FROM T WHERE ID = ?", ""},
		{"SELECT A % B, 17%, { D", ""},
		{"SELECT ':id' -- :id\n/* $1 */ FROM \"@p1\"", ""},
		{"SELECT A::INT, B : C, D$1, E@F", ""},
		{"SELECT : /**/ id, $ 1, @", ""},
		{"SELECT '12:30', X'", ""},
	} {
		if got := sqlword.Placeholder(tt.sql); got != tt.want {
			t.Errorf("%q: %q, want %q", tt.sql, got, tt.want)
		}
	}
}

func TestParameters(t *testing.T) {
	for sql, want := range map[string]int{
		"": 0, "SELECT 1": 0, "SELECT ?": 1, "INSERT INTO T VALUES (?, ?,?)": 3,
		"SELECT '?', \"?\" /* ? */ -- ?\n FROM T WHERE A = ?": 1,
	} {
		if got := sqlword.Parameters(sql); got != want {
			t.Errorf("%q: %d, want %d", sql, got, want)
		}
	}
}
