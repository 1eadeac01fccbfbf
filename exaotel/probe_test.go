package exaotel_test

import (
	"testing"
	"fmt"
	"sort"

	"github.com/exawire/exawire"
	"github.com/exawire/exawire/exaotel"
	"github.com/exawire/exawire/exatest"
)

func TestProbe(t *testing.T) {
	bubble(t, exaotel.Options{}, func(t *testing.T, srv *exatest.Server, o *telemetry, cfg *exawire.Config) {
		srv.HandleSQL("SELECT A FROM T", exatest.RowsOf([]struct{ A int64 }{{1}, {2}}))
		sess := connect(t, t.Context(), cfg)
		rows, err := sess.Query(t.Context(), "select A FROM T")
		fmt.Println(err)
		if err == nil { rows.Close() }
		sess.Close(t.Context())
		for _, s := range o.take(t) { fmt.Printf("%+v\n", s) }
		m := o.collect(t)
		var keys []string
		for k := range m { keys = append(keys, k) }
		sort.Strings(keys)
		for _, k := range keys { fmt.Println(k, m[k]) }
	})
}
