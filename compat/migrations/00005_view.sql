-- +goose NO TRANSACTION
-- +goose Up
CREATE VIEW rated AS SELECT id, rating FROM customers WHERE rating IS NOT NULL;

-- +goose Down
DROP VIEW rated;
