package exaotel_test

import (
	"context"
	"database/sql/driver"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"go.opentelemetry.io/otel/sdk/metric/metricdata"

	"github.com/exawire/exawire"
	"github.com/exawire/exawire/commands"
	"github.com/exawire/exawire/exaotel"
	"github.com/exawire/exawire/exapool"
	"github.com/exawire/exawire/exatest"
)

// planted is in everything that must not be exported, with a word for where it was.
const planted = "hunter2"

// everything returns all that was exported, as text.
func (o *telemetry) everything(t testing.TB) string {
	t.Helper()
	var data metricdata.ResourceMetrics
	if err := o.reader.Collect(context.Background(), &data); err != nil {
		t.Fatal(err)
	}
	spans, err := json.Marshal(o.spans.GetSpans())
	if err != nil {
		t.Fatal(err)
	}
	return fmt.Sprintf("%s\n%+v", spans, data)
}

// failingValue is a parameter that cannot be written.
type failingValue struct{}

func (failingValue) Value() (driver.Value, error) { return nil, errors.New("value of hunter2_valuer") }

// plant does whatever can go wrong with a secret in it.
func plant(t *testing.T, srv *exatest.Server, o *telemetry, cfg *exawire.Config) {
	ctx := t.Context()
	number := exatest.Columns(`"" VARCHAR(100)`)
	srv.HandleSQL("SELECT...", exatest.Exception("42000", "cannot cast 'hunter2_server' to a number"))
	srv.HandleSQL("INSERT...", exatest.RowCount(1).Params(number...))
	srv.HandleSQL("DELETE...", exatest.Exception("hunter2_code", "a code that is none"))
	srv.HandleSQL("UPDATE...", exatest.Hang())
	srv.HandleSQL("MERGE...", exatest.RowsOf([]struct{ A string }{{"hunter2_result"}}))
	srv.HandleSQL("CREATE...", exatest.RowCount(0))
	srv.HandleSQL("hunter2...", exatest.RowCount(0))
	srv.AllowCommands("hunter2_command")
	srv.Handle("hunter2_command", func(*exatest.Request) exatest.Response { return exatest.Exception("42000", "hunter2_raw") })

	bad := *cfg
	bad.User, bad.Password = "hunter2_user", "hunter2_password"
	for _, cfg := range []*exawire.Config{
		&bad,
		{Host: cfg.Host, TLS: cfg.TLS, Tracer: cfg.Tracer, DialContext: cfg.DialContext, Token: exawire.Token{Access: "hunter2_token"}},
		{Host: cfg.Host, TLS: cfg.TLS, Tracer: cfg.Tracer, DialContext: cfg.DialContext, TokenSource: func(context.Context) (exawire.Token, error) {
			return exawire.Token{}, errors.New("hunter2_source")
		}},
	} {
		client, err := exawire.New(cfg)
		if err != nil {
			t.Fatal(err)
		}
		if sess, err := client.Connect(ctx); err == nil {
			_ = sess.Close(ctx)
		}
	}
	sess := connect(t, ctx, cfg)
	defer func() { _ = sess.Close(context.WithoutCancel(ctx)) }()
	_, _ = sess.Query(ctx, "SELECT * FROM t WHERE a = 'hunter2_literal'")
	_, _ = sess.Query(ctx, "SELECT \"hunter2_column\" FROM hunter2_table")
	_, _ = sess.Exec(ctx, "INSERT INTO t VALUES (?)", "hunter2_parameter")
	_, _ = sess.Exec(ctx, "INSERT INTO t VALUES (?)", failingValue{})
	_, _ = sess.Exec(ctx, "DELETE 'hunter2_delete'")
	_, _ = sess.Exec(ctx, "hunter2_statement")
	_, _ = sess.Exec(ctx, "CREATE USER u IDENTIFIED BY \"hunter2_identified\"")
	_, _ = sess.ExecuteBatch(ctx, []string{"INSERT 'hunter2_batch'", "hunter2"})
	_, _ = sess.Do(ctx, commands.Raw{Name: "hunter2_command", Fields: map[string]any{"a": "hunter2_field"}})
	if rows, err := sess.Query(ctx, "MERGE"); err == nil {
		_, _ = exawire.Collect[struct{ A string }](rows)
	}
	cancelled, cancel := context.WithCancelCause(ctx)
	time.AfterFunc(second, func() { cancel(errors.New("hunter2_cause")) })
	_, _ = sess.Exec(cancelled, "UPDATE 'hunter2_update'")
	late, stop := context.WithTimeoutCause(ctx, second, errors.New("hunter2_deadline"))
	defer stop()
	_, _ = sess.Exec(late, "UPDATE")

	pool, err := exapool.New(cfg, exapool.Options{MaxSessions: 1, Tracer: o.tracer})
	if err != nil {
		t.Fatal(err)
	}
	held := acquire(ctx, t, pool)
	cancelled, cancel = context.WithCancelCause(ctx)
	time.AfterFunc(second, func() { cancel(errors.New("hunter2_acquire")) })
	if _, err := pool.Acquire(cancelled); err == nil {
		t.Error("no error")
	}
	held.Release()
	if err := pool.Close(ctx); err != nil {
		t.Error(err)
	}
	srv.KillSessions()
}

// Nothing that was planted is exported.
func TestNothingSecretIsExported(t *testing.T) {
	bubble(t, exaotel.Options{}, func(t *testing.T, srv *exatest.Server, o *telemetry, cfg *exawire.Config) {
		plant(t, srv, o, cfg)
		text := o.everything(t)
		for i := strings.Index(text, planted); i >= 0; i = strings.Index(text, planted) {
			t.Errorf("exported: ...%s...", text[max(0, i-100):min(len(text), i+100)])
			text = text[i+len(planted):]
		}
		if len(text) < 5000 {
			t.Errorf("only this was exported:\n%s", text)
		}
	})
}

// With everything switched on, what was asked for is shown, and the rest is not; nothing of it is in metrics.
func TestWhatIsAskedForIsExported(t *testing.T) {
	opts := exaotel.Options{Statement: true, SQLBytes: 100, ErrorText: true}
	bubble(t, opts, func(t *testing.T, srv *exatest.Server, o *telemetry, cfg *exawire.Config) {
		plant(t, srv, o, cfg)
		spans, metrics, _ := strings.Cut(o.everything(t), "\n")
		if strings.Contains(metrics, planted) {
			t.Errorf("metrics:\n%s", metrics)
		}
		for _, shown := range []string{"literal", "server", "cause", "update", "batch", "delete"} {
			if !strings.Contains(spans, planted+"_"+shown) {
				t.Errorf("hunter2_%s is not exported", shown)
			}
		}
		for _, hidden := range []string{"password", "token", "parameter", "result", "identified", "field"} {
			if strings.Contains(spans, planted+"_"+hidden) {
				t.Errorf("hunter2_%s is exported", hidden)
			}
		}
	})
}
