// Command webservice serves orders over HTTP. service.go has the handlers, and docs/web-service.md explains them. This file
// starts the service with a pool of sessions and a log, sends it some requests and prints the answers. Then come fifty
// clients at the same time, who want something that takes long and do not wait for it.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"strings"
	"sync"
	"time"

	"github.com/exawire/exawire"
	"github.com/exawire/exawire/examples/internal/demo"
	"github.com/exawire/exawire/exapool"
)

func main() { demo.Main(run) }

func run(ctx context.Context, dsn string) (err error) {
	drop, schema, err := createTables(ctx, dsn)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, drop()) }()

	cfg, err := exawire.ParseDSN(dsn)
	if err != nil {
		return err
	}
	cfg.Schema = schema
	logger := slog.New(slog.NewTextHandler(os.Stdout, &slog.HandlerOptions{ReplaceAttr: withoutTime}))
	cfg.Tracer = exawire.SlogTracer(logger, exawire.SlogOptions{SlowAfter: time.Second})
	pool, err := exapool.New(cfg, exapool.Options{MaxSessions: 4})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, pool.Close(ctx)) }()

	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	srv := &http.Server{Handler: (&service{pool, logger}).handler(), ReadHeaderTimeout: patience}
	served := make(chan error, 1)
	go func() { served <- srv.Serve(listener) }()
	url := "http://" + listener.Addr().String()
	err = visit(url)
	if err == nil {
		err = storm(ctx, url, pool)
	}
	err = errors.Join(err, srv.Shutdown(ctx))
	if end := <-served; !errors.Is(end, http.ErrServerClosed) {
		err = errors.Join(err, end)
	}
	return err
}

// createTables creates a schema with the tables of the service. The function that it returns drops the schema.
func createTables(ctx context.Context, dsn string) (drop func() error, schema string, err error) {
	sess, err := exawire.Connect(ctx, dsn)
	if err != nil {
		return nil, "", err
	}
	dropSchema, err := demo.Schema(ctx, sess)
	if err != nil {
		return nil, "", errors.Join(err, sess.Close(ctx))
	}
	drop = func() error { return errors.Join(dropSchema(), sess.Close(ctx)) }
	for _, sql := range []string{
		"CREATE TABLE orders (id DECIMAL(18,0), customer VARCHAR(40), total DECIMAL(12,2))",
		"CREATE TABLE customers (name VARCHAR(40), orders DECIMAL(9,0))",
		"INSERT INTO customers VALUES ('ann', 0), ('bob', 0)",
	} {
		if _, err := sess.Exec(ctx, sql); err != nil {
			return nil, "", errors.Join(err, drop())
		}
	}
	return drop, sess.Attributes().CurrentSchema, nil
}

// visit sends requests to the service and prints the answers.
func visit(url string) error {
	for _, body := range []string{
		`{"id": 1, "customer": "ann", "total": "12.50"}`,
		`{"id": 2, "customer": "ann", "total": "0.99"}`,
		`{"id": 3, "customer": "bob", "total": "12.505"}`,
	} {
		res, err := http.Post(url+"/orders", "application/json", strings.NewReader(body))
		if err != nil {
			return err
		}
		if err := res.Body.Close(); err != nil {
			return err
		}
		fmt.Println("POST", body, "->", res.Status)
	}
	return get(url)
}

// get asks for the orders of a customer and prints the answer.
func get(url string) error {
	res, err := http.Get(url + "/customers/ann/orders")
	if err != nil {
		return err
	}
	defer res.Body.Close()
	answer, err := io.ReadAll(res.Body)
	if err != nil {
		return err
	}
	fmt.Printf("GET /customers/ann/orders -> %s %s", res.Status, answer)
	return nil
}

// storm has fifty clients ask for the report, who leave before it is there. Their queries are aborted, and the sessions are
// there for the next client.
func storm(ctx context.Context, url string, pool *exapool.Pool) error {
	ctx, cancel := context.WithTimeout(ctx, 300*time.Millisecond)
	defer cancel()
	var clients sync.WaitGroup
	for range 50 {
		clients.Go(func() {
			req, err := http.NewRequestWithContext(ctx, http.MethodGet, url+"/report", http.NoBody)
			if err != nil {
				return
			}
			if res, err := http.DefaultClient.Do(req); err == nil {
				_ = res.Body.Close() // too early to be a report
			}
		})
	}
	clients.Wait()
	if err := get(url); err != nil {
		return err
	}
	// The service learns a moment later than its clients that they have left.
	s := pool.Stats()
	for end := time.Now().Add(patience); s.InUse+s.Waiting > 0 && time.Now().Before(end); s = pool.Stats() {
		time.Sleep(10 * time.Millisecond)
	}
	fmt.Printf("%d sessions are open, %d in use, %d clients wait\n", s.Open, s.InUse, s.Waiting)
	if s.InUse+s.Waiting > 0 {
		return errors.New("clients who have left still use sessions")
	}
	return nil
}

// withoutTime leaves out of the log what is different each time.
func withoutTime(_ []string, a slog.Attr) slog.Attr {
	if a.Key == slog.TimeKey || a.Key == "duration" || a.Key == "session" || a.Key == "node" {
		return slog.Attr{}
	}
	return a
}
