package fields_test

import (
	"fmt"
	"reflect"

	"github.com/exawire/exawire/internal/fields"
)

func Example() {
	type Product struct {
		ID    int64
		Label string `exa:"NAME"`
	}
	targets, err := fields.Map(reflect.TypeFor[Product](), []string{"NAME", "ID"}, fields.Mapping{})
	fmt.Println(targets, err)
	_, err = fields.Map(reflect.TypeFor[Product](), []string{"NAME", "PRICE"}, fields.Mapping{})
	fmt.Println(err)
	// Output:
	// [{0 [1]} {1 [0]}] <nil>
	// field ID: no column "ID"; the columns are "NAME" and "PRICE"; a tag `exa:"NAME"` says which of them a field has
}
