package e2e_test

import (
	"errors"
	"testing"
	"time"

	"github.com/exawire/exawire"
	"github.com/exawire/exawire/exatest"
)

// A server may leave out three feedbacks in a row, however long their interval is, and no more. The PeerTimeout counts
// alone if it is longer.
func TestPatienceWithFeedback(t *testing.T) {
	for name, tt := range map[string]struct {
		interval, peer time.Duration
		answer         time.Duration
		closed         bool
	}{
		"within three intervals":      {time.Minute, 10 * time.Second, 3*time.Minute - time.Second, false},
		"behind three intervals":      {time.Minute, 10 * time.Second, 3*time.Minute + time.Second, true},
		"within the longer timeout":   {time.Second, time.Minute, time.Minute - time.Second, false},
		"behind the longer timeout":   {time.Second, time.Minute, time.Minute + time.Second, true},
		"no feedback was asked for":   {0, 10 * time.Second, time.Hour, false},
		"nobody is to lose patience":  {time.Second, -1, time.Hour, false},
		"behind three short, no more": {4 * time.Second, 10 * time.Second, 13 * time.Second, true},
	} {
		t.Run(name, func(t *testing.T) {
			bubble(t, func(c *exawire.Config) { c.PeerTimeout = tt.peer }, []exatest.Option{exatest.WithoutFeedback(), exatest.WithLeniency()},
				func(t *testing.T, srv *exatest.Server, client *exawire.Client) {
					sess := connect(t, client)
					if err := sess.SetAttributes(t.Context(), exawire.FeedbackInterval(tt.interval)); err != nil {
						t.Fatal(err)
					}
					srv.HandleSQL("SLOW", exatest.RowCount(1).After(tt.answer))
					start := time.Now()
					_, err := sess.Exec(t.Context(), "SLOW")
					if errors.Is(err, exawire.ErrSessionClosed) != tt.closed || (err != nil) != tt.closed {
						t.Errorf("after %v: %v", time.Since(start), err)
					}
				})
		})
	}
}
