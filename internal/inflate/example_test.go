package inflate_test

import (
	"bytes"
	"compress/zlib"
	"errors"
	"fmt"
	"strings"

	"github.com/exawire/exawire/internal/inflate"
)

func ExampleAppend() {
	var stream bytes.Buffer
	w := zlib.NewWriter(&stream)
	_, err := w.Write([]byte(strings.Repeat("EXASOL ", 1000)))
	if err := errors.Join(err, w.Close()); err != nil {
		fmt.Println(err)
		return
	}
	text, err := inflate.Append(nil, stream.Bytes(), 10_000)
	fmt.Println(len(text), err)
	_, err = inflate.Append(nil, stream.Bytes(), 1000)
	fmt.Println(errors.Is(err, inflate.ErrTooLarge))
	_, err = inflate.Append(nil, stream.Bytes()[:stream.Len()-1], 10_000)
	fmt.Println(err)
	// Output:
	// 7000 <nil>
	// true
	// it is cut off
}
