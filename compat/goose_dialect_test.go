package compat

import (
	"fmt"
	"strings"

	"github.com/pressly/goose/v3/database"
)

// newGooseStore returns what goose has to know about Exasol: goose.NewProvider("", db, files, goose.WithStore(store)).
func newGooseStore() (database.Store, error) {
	return database.NewStoreFromQuerier("goose_db_version", gooseQueries{})
}

// gooseQueries are the statements about the table of versions, which is in the current schema.
type gooseQueries struct{}

func (gooseQueries) CreateTable(table string) string {
	return fmt.Sprintf(`CREATE TABLE %s (
		id         DECIMAL(18,0) IDENTITY PRIMARY KEY,
		version_id DECIMAL(18,0) NOT NULL,
		is_applied BOOLEAN NOT NULL,
		tstamp     TIMESTAMP DEFAULT CURRENT_TIMESTAMP
	)`, table)
}

func (gooseQueries) InsertVersion(table string) string {
	return fmt.Sprintf("INSERT INTO %s (version_id, is_applied) VALUES (?, ?)", table)
}

func (gooseQueries) DeleteVersion(table string) string {
	return fmt.Sprintf("DELETE FROM %s WHERE version_id = ?", table)
}

func (gooseQueries) GetMigrationByVersion(table string) string {
	return fmt.Sprintf("SELECT tstamp, is_applied FROM %s WHERE version_id = ? ORDER BY tstamp DESC LIMIT 1", table)
}

func (gooseQueries) ListMigrations(table string) string {
	return fmt.Sprintf("SELECT version_id, is_applied FROM %s ORDER BY id DESC", table)
}

func (gooseQueries) GetLatestVersion(table string) string {
	return fmt.Sprintf("SELECT MAX(version_id) FROM %s", table)
}

// TableExists is optional. Without it goose asks the table for version 0 and takes the error as a no.
func (gooseQueries) TableExists(table string) string {
	return fmt.Sprintf(`SELECT CASE WHEN COUNT(*) > 0 THEN TRUE ELSE FALSE END FROM EXA_ALL_TABLES
		WHERE TABLE_SCHEMA = CURRENT_SCHEMA AND TABLE_NAME = '%s'`, strings.ToUpper(table))
}
