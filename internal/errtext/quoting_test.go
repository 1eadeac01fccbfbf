package errtext_test

import (
	"database/sql"
	"errors"
	"net/netip"
	"reflect"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/exawire/exawire/internal/errtext"
)

type own struct{}

func TestQuiet(t *testing.T) {
	_, badTime := time.Parse(time.DateOnly, "s3cret")
	_, badAddr := netip.ParseAddr("s3cret")
	mine := errors.New("not one of mine: s3cret")
	for _, tt := range []struct {
		name  string
		owner reflect.Type
		err   error
		want  string
	}{
		{"a type of the standard library", reflect.TypeFor[*sql.NullInt64](), new(sql.NullInt64).Scan("s3cret"), "refused"},
		{"an error of the standard library", reflect.TypeFor[own](), badTime, "refused"},
		{"one that is no pointer", reflect.TypeFor[*own](), badAddr, "refused"},
		{"a type of one's own", reflect.TypeFor[own](), mine, "not one of mine: s3cret"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			err := errtext.Quiet(tt.owner, "refused", tt.err)
			if diff := cmp.Diff(tt.want, err.Error()); diff != "" || !errors.Is(err, tt.err) {
				t.Errorf("%v is %v (-want +got):\n%s", tt.err, err, diff)
			}
		})
	}
	if err := errtext.Quiet(nil, "refused", nil); err != nil {
		t.Errorf("no error became %v", err)
	}
}
