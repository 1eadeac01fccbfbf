-- +goose Up
-- +goose StatementBegin
CREATE LUA SCRIPT clean_up AS
    query([[DELETE FROM customers WHERE balance = 0]]);
    output('done');
/
-- +goose StatementEnd

-- +goose Down
DROP SCRIPT clean_up;
