package compat

import (
	_ "github.com/google/go-cmp/cmp"
	_ "github.com/jmoiron/sqlx"
	_ "github.com/pressly/goose/v3"
	_ "github.com/pressly/goose/v3/database"
	_ "github.com/uptrace/bun"
	_ "github.com/uptrace/bun/schema"
	_ "gorm.io/gorm"
)
