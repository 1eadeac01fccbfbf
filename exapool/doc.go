// Package exapool keeps sessions of a database open and lends them out.
package exapool
