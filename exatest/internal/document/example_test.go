package document_test

import (
	"fmt"

	"github.com/exawire/exawire/exatest/internal/document"
)

// Keys keep their order, and a value that is set again its place.
func ExampleObject() {
	o := document.Object{document.Field("status", "ok"), document.Field("rows", document.Array{1, nil, document.Raw(`"x"`)})}
	o.Set("status", "error")
	fmt.Printf("%s\n", document.Append(nil, o))
	// Output:
	// {"status":"error","rows":[1,null,"x"]}
}
