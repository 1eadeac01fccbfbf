package errtext_test

import (
	"database/sql"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/exawire/exawire/commands"
	"github.com/exawire/exawire/internal/errtext"
	"github.com/exawire/exawire/resultset"
)

// Decimal has the name of another type.
type Decimal struct{}

func TestNameOfType(t *testing.T) {
	type local struct{}
	for _, tt := range []struct {
		v    any
		want string
	}{
		{nil, "nil"},
		{7, "int"},
		{time.Time{}, "time.Time"},
		{[]any{}, "[]any"},
		{map[string]any{}, "map[string]any"},
		{[3]byte{}, "[3]uint8"},
		{struct{ A any }{}, "struct { A any }"},
		{func(any) {}, "func(any)"},
		{resultset.Decimal{}, "exawire.Decimal"},
		{Decimal{}, "errtext_test.Decimal"},
		{[]*resultset.Decimal{}, "[]*exawire.Decimal"},
		{map[resultset.DaySecond][2]local{}, "map[exawire.DaySecond][2]errtext_test.local"},
		{commands.Raw{}, "commands.Raw"},
		{sql.Null[resultset.Decimal]{}, "sql.Null[exawire.Decimal]"},
		{commands.JSON[local]{}, "exawire.JSON[errtext_test.local]"},
		{&commands.JSON[map[string]*commands.JSON[[]any]]{}, "*exawire.JSON[map[string]*exawire.JSON[[]any]]"},
		{resultset.Column[Decimal]{}, "exawire.Column[errtext_test.Decimal]"},
	} {
		if diff := cmp.Diff(tt.want, errtext.NameOfType(tt.v)); diff != "" {
			t.Errorf("%T (-want +got):\n%s", tt.v, diff)
		}
	}
}
