package main

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"
	"time"

	"github.com/exawire/exawire"
	"github.com/exawire/exawire/exapool"
)

// Order is a row of the table ORDERS, and what the service takes and gives as JSON.
type Order struct {
	ID       int64           `json:"id"`
	Customer string          `json:"customer"`
	Total    exawire.Decimal `json:"total" exatype:"DECIMAL(12,2)"` // a JSON string: no digit is lost; exatype is for the tests
}

// patience is how long a request may take, waiting for a session included.
const patience = 10 * time.Second

// service answers requests about orders.
type service struct {
	pool *exapool.Pool
	log  *slog.Logger
}

func (s *service) handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /customers/{customer}/orders", s.list)
	mux.HandleFunc("POST /orders", s.add)
	mux.HandleFunc("GET /report", s.report)
	return mux
}

// list answers with the orders of a customer.
func (s *service) list(w http.ResponseWriter, r *http.Request) {
	ctx, cancel := context.WithTimeout(r.Context(), patience)
	defer cancel()
	orders, err := exapool.Collect[Order](ctx, s.pool, "SELECT id, customer, total FROM orders WHERE customer = ? ORDER BY id", r.PathValue("customer"))
	if err != nil {
		s.fail(w, r, err)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	if err := json.NewEncoder(w).Encode(orders); err != nil {
		s.log.WarnContext(ctx, "answer not written", "error", err)
	}
}

// add inserts an order and counts it for its customer, both or neither.
func (s *service) add(w http.ResponseWriter, r *http.Request) {
	var order Order
	if err := json.NewDecoder(http.MaxBytesReader(w, r.Body, 1<<20)).Decode(&order); err != nil {
		http.Error(w, "not an order", http.StatusBadRequest)
		return
	}
	ctx, cancel := context.WithTimeout(r.Context(), patience)
	defer cancel()
	err := s.pool.RunTx(ctx, func(tx *exawire.Tx) error {
		if _, err := tx.Exec(ctx, "INSERT INTO orders VALUES (?, ?, ?)", order.ID, order.Customer, order.Total); err != nil {
			return err
		}
		_, err := tx.Exec(ctx, "UPDATE customers SET orders = orders + 1 WHERE name = ?", order.Customer)
		return err
	})
	if err != nil {
		s.fail(w, r, err)
		return
	}
	w.WriteHeader(http.StatusCreated)
}

// slowQuery stands for a query that takes long.
const slowQuery = `SELECT "$SLEEP"(60)`

// report answers with the result of a query that takes long.
func (s *service) report(w http.ResponseWriter, r *http.Request) {
	ctx, cancel := context.WithTimeout(r.Context(), patience)
	defer cancel()
	if _, err := s.pool.Exec(ctx, slowQuery); err != nil {
		s.fail(w, r, err)
	}
}

// fail answers with the status that fits an error. The text of the error is for the log only.
func (s *service) fail(w http.ResponseWriter, r *http.Request, err error) {
	var (
		paramErr   *exawire.ParamError
		acquireErr *exapool.AcquireError
		exaErr     *exawire.Error
	)
	status := http.StatusInternalServerError
	switch {
	case r.Context().Err() != nil:
		return // the client has left
	case errors.As(err, &paramErr):
		status = http.StatusBadRequest // a value that the column cannot hold
	case errors.Is(err, context.DeadlineExceeded):
		status = http.StatusGatewayTimeout
	case errors.As(err, &acquireErr), errors.Is(err, exawire.ErrSessionClosed):
		status = http.StatusServiceUnavailable // no database, or none any more
	case errors.As(err, &exaErr) && exaErr.Class() == exawire.ClassRetry:
		status = http.StatusServiceUnavailable // RunTx has tried several times
	}
	s.log.ErrorContext(r.Context(), "request", "path", r.URL.Path, "status", status, "error", err)
	http.Error(w, http.StatusText(status), status)
}
