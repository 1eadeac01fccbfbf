package sqlword_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/exawire/exawire/internal/sqlword"
)

func TestRead(t *testing.T) {
	type e = sqlword.Effects
	for sql, want := range map[string]e{
		"SELECT 1":                        {},
		"/* a */ (with x":                 {},
		"EXPORT t INTO CSV":               {},
		"insert into t values (1)":        {Changes: true},
		"IMPORT INTO t":                   {Changes: true},
		"COMMIT":                          {Commits: true, Settles: true},
		"ROLLBACK":                        {Prepared: sqlword.Unknown, Undoes: true, Settles: true},
		"OPEN SCHEMA s":                   {Prepared: sqlword.Reported},
		"IMPERSONATE sys":                 {Prepared: sqlword.Unknown, Identity: true},
		"ALTER TABLE t":                   {Prepared: sqlword.Unknown, Changes: true},
		"ALTER SESSION SET TIME_ZONE='a'": {Prepared: sqlword.Reported, Parameter: "TIME_ZONE"},
		"alter session set /**/ nls_date_language = 'ENG'": {Prepared: sqlword.Reported, Parameter: "NLS_DATE_LANGUAGE"},
		"ALTER SESSION SET A='b'; DROP TABLE t":            {Prepared: sqlword.Reported, Parameter: sqlword.AnyParameter},
		"ALTER SESSION UNSET A":                            {Prepared: sqlword.Reported, Parameter: sqlword.AnyParameter},
		"EXECUTE SCRIPT s":                                 {Prepared: sqlword.Unknown, Commits: true, Changes: true},
		"DROP TABLE t":                                     {Prepared: sqlword.Unknown, Changes: true},
		"":                                                 {Prepared: sqlword.Unknown, Changes: true},
	} {
		if diff := cmp.Diff(want, sqlword.Read(sql)); diff != "" {
			t.Errorf("%q (-want +got):\n%s", sql, diff)
		}
	}
}

func TestReadAll(t *testing.T) {
	type e = sqlword.Effects
	for _, tt := range []struct {
		sqls []string
		want e
	}{
		{nil, e{}},
		{[]string{"SELECT 1", "SELECT 2"}, e{}},
		{[]string{"INSERT INTO t", "COMMIT"}, e{Commits: true, Settles: true}},
		{[]string{"COMMIT", "INSERT INTO t"}, e{Commits: true, Settles: true, Changes: true}},
		{[]string{"OPEN SCHEMA s"}, e{Prepared: sqlword.Unknown}},
		{[]string{"ROLLBACK"}, e{Prepared: sqlword.Unknown, Settles: true}},
		{[]string{"ALTER SESSION SET A='b'"}, e{Prepared: sqlword.Unknown, Parameter: sqlword.AnyParameter}},
	} {
		if diff := cmp.Diff(tt.want, sqlword.ReadAll(tt.sqls)); diff != "" {
			t.Errorf("%q (-want +got):\n%s", tt.sqls, diff)
		}
	}
}

func TestReadLater(t *testing.T) {
	for sql, want := range map[string]sqlword.Effects{
		"DROP TABLE t":            {},
		"IMPERSONATE sys":         {Identity: true},
		"ALTER SESSION SET A='b'": {Parameter: sqlword.AnyParameter},
	} {
		if diff := cmp.Diff(want, sqlword.ReadLater(sql)); diff != "" {
			t.Errorf("%q (-want +got):\n%s", sql, diff)
		}
	}
}

func TestEffectsTogether(t *testing.T) {
	for _, a := range []sqlword.Effect{sqlword.None, sqlword.Reported, sqlword.Unknown} {
		for _, b := range []sqlword.Effect{sqlword.None, sqlword.Reported, sqlword.Unknown} {
			want := sqlword.Unknown
			if a == sqlword.None || b == sqlword.None {
				want = max(a, b)
			}
			if got := a.And(b); got != want {
				t.Errorf("%d and %d are %d, want %d", a, b, got, want)
			}
		}
	}
}
