-- +goose Up
CREATE TABLE halfway (n DECIMAL(9,0));
UPDATE customers SET balance = 1;
INSERT INTO customers (id, name) VALUES (2, 'the key is there already');

-- +goose Down
DROP TABLE halfway;
