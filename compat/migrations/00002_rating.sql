-- +goose Up
ALTER TABLE customers ADD COLUMN rating DECIMAL(3,1);
UPDATE customers SET rating = 9.5 WHERE balance < 0;

-- +goose Down
ALTER TABLE customers DROP COLUMN rating;
