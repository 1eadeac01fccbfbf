// Package compat has only tests. They show that libraries which expect a driver for database/sql work over package stdlib:
// sqlx, GORM, bun and goose, each against exasqlite with every version of the protocol, and against a database if
// EXAWIRE_TEST_DSN is set.
//
// GORM, bun and goose have to know what a database's SQL looks like. What they need to know of Exasol is in files of its own,
// which use nothing else of this package and may be copied: gorm_dialect_test.go with gorm_create_test.go and
// gorm_migrator_test.go; bun_dialect_test.go; goose_dialect_test.go. sqlx needs nothing.
//
// The files conformance_*_test.go are a suite for every part of the driver that database/sql can reach, on its own and while
// the server misbehaves; driver_go_*_test.go do what programs for exasol-driver-go do, and docs/from-exasol-driver-go.md
// names them.
//
// The module has a workspace of its own, so that its dependencies change no version in the workspace of the repository.
// Run the tests in this folder: cd compat && go test ./...
package compat
