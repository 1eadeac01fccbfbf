-- +goose Up
CREATE TABLE customers (
    id      DECIMAL(18,0) PRIMARY KEY,
    name    VARCHAR(200) NOT NULL,
    balance DECIMAL(18,4) DEFAULT 0,
    since   DATE,
    seen    TIMESTAMP
);
COMMENT ON TABLE customers IS 'who buys; what it''s about';
-- goose looks for comments and semicolons line by line, also in texts.
-- +goose StatementBegin
INSERT INTO customers VALUES
    (9007199254740993, 'O''Hara; 日本 "👍"', -0.0001, DATE '1999-12-31', TIMESTAMP '2024-02-29 23:59:58.987'),
    (2, 'a -- b ?', DEFAULT, NULL, NULL);
-- +goose StatementEnd

-- +goose Down
DROP TABLE customers;
