package decode

import (
	"encoding/json"
	"io"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// repairedJSON returns the repaired form of a JSON document.
func repairedJSON(t testing.TB, doc string) string {
	t.Helper()
	out, err := io.ReadAll(NewJSONSource(Text(strings.NewReader(doc), "")))
	require.NoError(t, err)
	return string(out)
}

func TestJSONSource(t *testing.T) {
	for _, c := range []struct{ claim, doc, want string }{
		{"valid JSON", `{"a":[1,-2.5e3,true,null,"x\"\\\/\b\f\n\r\t\u00e9\ud83d\ude00,]"],"":{}}`, `{"a":[1,-2.5e3,true,null,"x\"\\\/\b\f\n\r\t\u00e9\ud83d\ude00,]"],"":{}}`},
		{"control characters in a string", "{\"a\":\n\"b\tc\nd\r\x01e\"}", "{\"a\":\n\"b c d e\"}"},
		{"an unknown escape", `"it\'s \x41 \q \é"`, `"it's x41 q é"`},
		{"an escape without its digits", `"\u12 \u \uzz \u123"`, `"  zz "`},
		{"a comma after the last element", `{"a":[1,2 , ],"b":{"c":3,},}`, `{"a":[1,2  ],"b":{"c":3}}`},
		{"escapes of control characters and of Windows-1252", `"don\u0092t \u0008\u0081\uFFFE\u000a"`, `"don’t \u000a"`},
		{"two commas", `[1,, 2]`, `[1 ,2]`},
		{"commas and brackets in a string", `["a,]",",}"]`, `["a,]",",}"]`},
		{"a long string", `["` + strings.Repeat("é", MaxText) + `",1]`, `["` + strings.Repeat("é", MaxText/2) + `",1]`},
	} {
		t.Run(c.claim, func(t *testing.T) {
			got := repairedJSON(t, c.doc)
			require.True(t, c.want == got, "%.200q", got)
		})
	}
}

// FuzzJSONSource checks that the repair does not change the value of a valid document.
func FuzzJSONSource(f *testing.F) {
	for _, s := range []string{`{"a":[1,2,],}`, `["\u12\x\ud83d\ude00"]`, "[\"\x01\n\", 1 , {}]", `"\\"`, `[,]`} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, doc string) {
		got := repairedJSON(t, doc)
		var want, value any
		if text(t, doc, "") != doc || strings.Contains(doc, `\u`) || json.Unmarshal([]byte(doc), &want) != nil {
			return
		}
		require.NoError(t, json.Unmarshal([]byte(got), &value))
		require.Equal(t, want, value)
	})
}
