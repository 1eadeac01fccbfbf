package chunkdata_test

import (
	"fmt"
	"strconv"

	"github.com/exawire/exawire/internal/chunkdata"
)

// counting writes the number of each row, times itself.
type counting int

func (c counting) Append(dst []byte, lo, hi int) ([]byte, error) {
	for row := lo; row < hi; row++ {
		if row > lo {
			dst = append(dst, ',')
		}
		dst = strconv.AppendInt(dst, int64(row)*int64(c), 10)
	}
	return dst, nil
}

// Columns are encoded side by side and closed into one message.
func Example() {
	data := chunkdata.New([]chunkdata.Encoder{counting(1), counting(-10)}, 20)
	defer data.Free()
	taken, err := data.Take(1, 4, 0, 0)
	fmt.Println(taken, err)
	taken, err = data.Take(4, 100, 6, 0) // six rows at most
	fmt.Println(taken, err)
	fmt.Printf("%s\n", data.Message([]byte(`{"rows":6,"data":[`)))
	// Output:
	// 3 <nil>
	// 3 <nil>
	// {"rows":6,"data":[[1,2,3,4,5,6],[-10,-20,-30,-40,-50,-60]]}
}
