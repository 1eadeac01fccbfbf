package bulk_test

import (
	"context"
	"io"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/exawire/exawire"
	"github.com/exawire/exawire/bulk"
)

// An option that a function has no use for is an error, and nothing is sent.
func TestOptionsOfOthers(t *testing.T) {
	ctx := context.Background()
	var sess *exawire.Session // nobody comes so far as to use it
	doors := map[string]func(bulk.Option) error{
		"Import": func(opt bulk.Option) error {
			_, err := bulk.Import(ctx, sess, "T", bulk.FromReader(strings.NewReader("")), opt)
			return err
		},
		"Export": func(opt bulk.Option) error {
			_, err := bulk.Export(ctx, sess, "T", bulk.ToWriter(io.Discard), opt)
			return err
		},
		"Exec": func(opt bulk.Option) error {
			_, err := bulk.Exec(ctx, sess, "IMPORT INTO T FROM LOCAL CSV FILE 'a.csv'", opt)
			return err
		},
	}
	for name, door := range doors {
		for option, tt := range map[string]struct {
			opt  bulk.Option
			want string
		}{
			"Mapping":  {bulk.Mapping(exawire.Lax()), "mapping: it is for rows, of ImportRows and ExportRows; Columns names those of a table"},
			"Truncate": {bulk.Truncate(), "truncate: it is for the rows of ImportRows"},
		} {
			err := door(tt.opt)
			if err == nil {
				t.Errorf("%s takes %s", name, option)
				continue
			}
			_, text, _ := strings.Cut(err.Error(), "port: ") // import or export
			if diff := cmp.Diff(tt.want, text); diff != "" {
				t.Errorf("%s with %s (-want +got):\n%s", name, option, diff)
			}
		}
	}
}
