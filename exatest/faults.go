package exatest

import (
	"bytes"
	"encoding/json"
	"strings"
	"time"
)

// Faults of the connection: when bytes come, and how many.

// FragmentFrames splits answers into frames of size bytes; 1 is the hardest for a client.
func FragmentFrames(size int) Fault {
	return Fault{name: "FragmentFrames", plan: func(p *writePlan) { p.fragment = max(size, 1) }}
}

// PadTo makes answers at least size bytes long by white space at their end, in one frame: for limits of frames and
// messages. With compression it is the size before compressing.
func PadTo(size int) Fault {
	return Fault{name: "PadTo", text: func(b []byte) []byte {
		return append(b, bytes.Repeat([]byte(" "), max(0, size-len(b)))...)
	}}
}

// Pongs sends n unsolicited pongs with this payload before each answer, and, if the answer is fragmented, one between
// its frames.
func Pongs(n int, payload string) Fault {
	return Fault{name: "Pongs", plan: func(p *writePlan) {
		p.pongsBefore, p.pongsBetween, p.pongPayload = n, true, payload[:min(len(payload), 125)]
	}}
}

// StatusMessages sends these words as text messages before each answer, such as EXECUTING, though they are not JSON.
func StatusMessages(words ...string) Fault {
	return Fault{name: "StatusMessages", plan: func(p *writePlan) { p.texts = append(p.texts, words...) }}
}

// Delay holds each answer back for d after it is complete. Unlike [Response.After] it cannot be aborted, and no feedback
// is sent meanwhile.
func Delay(d time.Duration) Fault { return Fault{name: "Delay", delay: d} }

// Drip writes answers in pieces of size bytes with pauses between them.
func Drip(size int, pause time.Duration) Fault {
	return Fault{name: "Drip", plan: func(p *writePlan) { p.drip, p.dripEvery = max(size, 1), pause }}
}

// ExtraAnswer sends each answer a second time, which nobody has asked for.
func ExtraAnswer() Fault {
	return Fault{name: "ExtraAnswer", plan: func(p *writePlan) { p.copies++ }}
}

// CutRequest cuts the connection when a command has arrived, before it is run.
func CutRequest() Fault { return Fault{name: "CutRequest", cut: cutRequest} }

// CutAnswer cuts the connection after a command was run, before the answer.
func CutAnswer() Fault { return Fault{name: "CutAnswer", cut: cutAnswer} }

// CutMiddle cuts the connection in the middle of the answer's frame.
func CutMiddle() Fault {
	return Fault{name: "CutMiddle", plan: func(p *writePlan) { p.cut, p.cutAfter = true, 0.5 }}
}

// CutFragment sends the first half of the answer as a whole frame that is not the last one, and then cuts the
// connection: for clients that take what they have for the message.
func CutFragment() Fault {
	return Fault{name: "CutFragment", wire: func(opcode byte, payload, _ []byte) (byte, []byte) {
		return opcode, payload[:(len(payload)+1)/2]
	}, plan: func(p *writePlan) { p.unfinished = true }}
}

// CutAfter cuts the connection right after the answer, without a Close frame.
func CutAfter() Fault { return Fault{name: "CutAfter", cut: cutAfter} }

// Faults of compression. They only strike messages that are compressed, unless they say otherwise.

// CorruptZlib damages the checksum of compressed answers.
func CorruptZlib() Fault {
	return compressed("CorruptZlib", func(payload, _ []byte) (byte, []byte) {
		payload[len(payload)-1] ^= 0xff
		return opBinary, payload
	})
}

// TruncateZlib cuts compressed answers off in the middle.
func TruncateZlib() Fault {
	return compressed("TruncateZlib", func(payload, _ []byte) (byte, []byte) { return opBinary, payload[:len(payload)/2] })
}

// ZlibBomb replaces compressed answers by one that inflates to size bytes.
func ZlibBomb(size int) Fault {
	return compressed("ZlibBomb", func(_, _ []byte) (byte, []byte) {
		return opBinary, deflate(bytes.Repeat([]byte(" "), size))
	})
}

// TextWhileCompressed sends answers as plain text though compression is on.
func TextWhileCompressed() Fault {
	return compressed("TextWhileCompressed", func(_, message []byte) (byte, []byte) { return opText, message })
}

func compressed(name string, change func(payload, message []byte) (byte, []byte)) Fault {
	return Fault{name: name, wire: func(opcode byte, payload, message []byte) (byte, []byte) {
		if opcode != opBinary || len(payload) == 0 {
			return opcode, payload
		}
		return change(payload, message)
	}}
}

// BinaryFrames sends answers as binary messages though compression is off.
func BinaryFrames() Fault {
	return Fault{name: "BinaryFrames", wire: func(_ byte, payload, _ []byte) (byte, []byte) { return opBinary, payload }}
}

// Faults of the JSON text.

// TruncateJSON drops the second half of the document; the message itself is complete.
func TruncateJSON() Fault {
	return Fault{name: "TruncateJSON", text: func(b []byte) []byte { return b[:len(b)/2] }}
}

// Garbage replaces answers by text that is not JSON.
func Garbage() Fault {
	return Fault{name: "Garbage", text: func([]byte) []byte { return []byte(`{"status":"ok",,]`) }}
}

// Replace replaces the text old by another everywhere in the text of answers: for faults that nobody has thought of.
func Replace(old, by string) Fault {
	return Fault{name: "Replace", text: func(b []byte) []byte { return bytes.ReplaceAll(b, []byte(old), []byte(by)) }}
}

// WhiteSpace puts white space between the tokens of answers.
func WhiteSpace() Fault {
	return Fault{name: "WhiteSpace", text: func(b []byte) []byte {
		var out bytes.Buffer
		if json.Indent(&out, b, "\r\n", "\t ") != nil {
			return b
		}
		return out.Bytes()
	}}
}

// ReorderKeys writes the keys of all objects in reverse order.
func ReorderKeys() Fault {
	return Fault{name: "ReorderKeys", tree: func(doc object) object {
		return eachObject(doc, func(o object) object {
			reversed := make(object, len(o))
			for i, m := range o {
				reversed[len(o)-1-i] = m
			}
			return reversed
		})
	}}
}

// UnknownKeys adds keys that no version of the protocol has to all objects, before and after the others. Inside
// attributes they are unknown attributes.
func UnknownKeys() Fault {
	return Fault{name: "UnknownKeys", tree: func(doc object) object {
		return eachObject(doc, func(o object) object {
			first := member{"zzFirst", object{{"data", array{array{1, "}"}, nil}}, {"numRows", -1}}}
			return append(append(object{first}, o...), member{"zzLast", "\"\\ \u00e9"})
		})
	}}
}

// OmitKeys leaves these keys out of all objects, wherever they are.
func OmitKeys(keys ...string) Fault {
	return Fault{name: "OmitKeys", tree: func(doc object) object {
		return eachObject(doc, func(o object) object {
			for _, key := range keys {
				o.remove(key)
			}
			return o
		})
	}}
}

// SetKey replaces the value of a key in all objects that have it. value is anything that encoding/json can encode.
func SetKey(key string, value any) Fault {
	return Fault{name: "SetKey", tree: func(doc object) object {
		return eachObject(doc, func(o object) object {
			if o.has(key) {
				o.set(key, value)
			}
			return o
		})
	}}
}

// OpenTransactionAsNumber writes the attribute openTransaction as 1 or 0.
func OpenTransactionAsNumber() Fault {
	return Fault{name: "OpenTransactionAsNumber", tree: func(doc object) object {
		return eachObject(doc, func(o object) object {
			if open, ok := o.get("openTransaction").(bool); ok {
				n := 0
				if open {
					n = 1
				}
				o.set("openTransaction", n)
			}
			return o
		})
	}}
}

// AttributesEverywhere sends all attributes with every answer of a session.
func AttributesEverywhere() Fault { return Fault{name: "AttributesEverywhere", allAttributes: true} }

// DuplicateNames gives all columns of results the name of the first one.
func DuplicateNames() Fault {
	return renameColumns("DuplicateNames", func(first string) string { return first })
}

// EmptyNames gives all columns of results an empty name.
func EmptyNames() Fault { return renameColumns("EmptyNames", func(string) string { return "" }) }

func renameColumns(name string, rename func(first string) string) Fault {
	return Fault{name: name, tree: func(doc object) object {
		return eachObject(doc, func(o object) object {
			columns, _ := o.get("columns").(array)
			for i := range columns {
				first, _ := columns[0].(object).get("name").(string)
				column := columns[i].(object)
				column.set("name", strings.Clone(rename(first)))
			}
			return o
		})
	}}
}

// eachObject rebuilds a document with fn applied to every object, the inner ones first.
func eachObject(doc object, fn func(object) object) object {
	rebuilt := make(object, len(doc))
	for i, m := range doc {
		rebuilt[i] = member{m.key, eachValue(m.value, fn)}
	}
	return fn(rebuilt)
}

func eachValue(v any, fn func(object) object) any {
	switch v := v.(type) {
	case object:
		return eachObject(v, fn)
	case array:
		rebuilt := make(array, len(v))
		for i, e := range v {
			rebuilt[i] = eachValue(e, fn)
		}
		return rebuilt
	}
	return v
}
