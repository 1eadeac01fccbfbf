package fault

import (
	"bytes"
	"encoding/json"

	"github.com/exawire/exawire/exatest/internal/document"
	"github.com/exawire/exawire/exatest/internal/effect"
)

// TruncateJSON drops the second half of the JSON text; the message around it is complete.
func TruncateJSON() Fault {
	return makeFault(effect.Effect{Name: "TruncateJSON", Text: func(b []byte) []byte { return b[:len(b)/2] }})
}

// Garbage replaces answers with text that is not JSON.
func Garbage() Fault {
	return makeFault(effect.Effect{Name: "Garbage", Text: func([]byte) []byte { return []byte(`{"status":"ok",,]`) }})
}

// Replace replaces the text old with the text by wherever it occurs in answers, for faults that no other function
// provides.
func Replace(old, by string) Fault {
	return makeFault(effect.Effect{Name: "Replace", Text: func(b []byte) []byte { return bytes.ReplaceAll(b, []byte(old), []byte(by)) }})
}

// WhiteSpace puts white space between the tokens of answers.
func WhiteSpace() Fault {
	return makeFault(effect.Effect{Name: "WhiteSpace", Text: func(b []byte) []byte {
		var out bytes.Buffer
		if json.Indent(&out, b, "\r\n", "\t ") != nil {
			return b
		}
		return out.Bytes()
	}})
}

// ReorderKeys writes the keys of all objects in reverse order.
func ReorderKeys() Fault {
	return makeFault(effect.Effect{Name: "ReorderKeys", Tree: func(doc document.Object) document.Object {
		return eachObject(doc, func(o document.Object) document.Object {
			reversed := make(document.Object, len(o))
			for i, m := range o {
				reversed[len(o)-1-i] = m
			}
			return reversed
		})
	}})
}

// UnknownKeys adds keys that no version of the protocol knows to all objects, before and after the other keys. Inside
// the attributes they are unknown attributes.
func UnknownKeys() Fault {
	return makeFault(effect.Effect{Name: "UnknownKeys", Tree: func(doc document.Object) document.Object {
		return eachObject(doc, func(o document.Object) document.Object {
			first := document.Field("zzFirst", document.Object{document.Field("data", document.Array{document.Array{1, "}"}, nil}), document.Field("numRows", -1)})
			return append(append(document.Object{first}, o...), document.Field("zzLast", "\"\\ \u00e9"))
		})
	}})
}

// OmitKeys leaves these keys out of all objects, wherever they are.
func OmitKeys(keys ...string) Fault {
	return makeFault(effect.Effect{Name: "OmitKeys", Tree: func(doc document.Object) document.Object {
		return eachObject(doc, func(o document.Object) document.Object {
			for _, key := range keys {
				o.Remove(key)
			}
			return o
		})
	}})
}

// SetKey replaces the value of a key in all objects that have it. value may be anything that encoding/json can encode.
func SetKey(key string, value any) Fault {
	return makeFault(effect.Effect{Name: "SetKey", Tree: func(doc document.Object) document.Object {
		return eachObject(doc, func(o document.Object) document.Object {
			if o.Has(key) {
				o.Set(key, value)
			}
			return o
		})
	}})
}

// eachObject rebuilds a document with fn applied to every object, the inner ones first.
func eachObject(doc document.Object, fn func(document.Object) document.Object) document.Object {
	rebuilt := make(document.Object, len(doc))
	for i, m := range doc {
		rebuilt[i] = document.Field(m.Key, eachValue(m.Value, fn))
	}
	return fn(rebuilt)
}

func eachValue(v any, fn func(document.Object) document.Object) any {
	switch v := v.(type) {
	case document.Object:
		return eachObject(v, fn)
	case document.Array:
		rebuilt := make(document.Array, len(v))
		for i, e := range v {
			rebuilt[i] = eachValue(e, fn)
		}
		return rebuilt
	}
	return v
}
