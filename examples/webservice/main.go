// Command webservice serves orders over HTTP. sessions.go keeps several sessions for requests that come at the same
// time, service.go has the handlers, and docs/web-service.md explains both. This file starts the service, sends it some
// requests and prints the answers.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"

	"github.com/exawire/exawire"
	"github.com/exawire/exawire/examples/internal/demo"
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
	client, err := exawire.New(cfg)
	if err != nil {
		return err
	}
	sessions := newSessions(client, 4)
	defer func() { err = errors.Join(err, sessions.close(ctx)) }()

	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	srv := &http.Server{Handler: (&service{sessions}).handler(), ReadHeaderTimeout: patience}
	served := make(chan error, 1)
	go func() { served <- srv.Serve(listener) }()
	err = visit("http://" + listener.Addr().String())
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
