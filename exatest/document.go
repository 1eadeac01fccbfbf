package exatest

import "github.com/exawire/exawire/exatest/internal/document"

// The words for the tree of an answer, as this package writes many of them.
type (
	member  = document.Member
	object  = document.Object
	array   = document.Array
	rawJSON = document.Raw
)

func field(key string, value any) member { return document.Field(key, value) }
