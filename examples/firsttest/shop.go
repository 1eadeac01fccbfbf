// Package firsttest is the code of docs/first-test.md: a function that asks the database, and its first tests.
package firsttest

import (
	"context"
	"fmt"

	"github.com/exawire/exawire"
)

// Customer is a row of the table CUSTOMERS.
type Customer struct {
	ID   int64
	Name string
}

// InCity returns the customers of a city.
func InCity(ctx context.Context, sess *exawire.Session, city string) ([]Customer, error) {
	rows, err := sess.Query(ctx, "SELECT id, name FROM customers WHERE city = ? ORDER BY id", city)
	if err != nil {
		return nil, fmt.Errorf("customers in %s: %w", city, err)
	}
	return exawire.Collect[Customer](rows)
}
