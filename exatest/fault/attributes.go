package fault

import (
	"github.com/exawire/exawire/exatest/internal/document"
	"github.com/exawire/exawire/exatest/internal/effect"
)

// OpenTransactionAsNumber writes the attribute openTransaction as 1 or 0.
func OpenTransactionAsNumber() Fault {
	return makeFault(effect.Effect{Name: "OpenTransactionAsNumber", Tree: func(doc document.Object) document.Object {
		return eachObject(doc, func(o document.Object) document.Object {
			if open, ok := o.Get("openTransaction").(bool); ok {
				n := 0
				if open {
					n = 1
				}
				o.Set("openTransaction", n)
			}
			return o
		})
	}})
}

// AttributesEverywhere sends all attributes with every answer in a session.
func AttributesEverywhere() Fault {
	return makeFault(effect.Effect{Name: "AttributesEverywhere", AllAttributes: true})
}
