package suggest_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"lastpost/internal/suggest"
)

func TestSimilar(t *testing.T) {
	known := []string{"serve", "archive", "check", "list", "link", "a"}
	for name, row := range map[string]struct{ typed, want string }{
		"a missing letter":           {"serv", "serve"},
		"an added letter":            {"archivee", "archive"},
		"another letter":             {"chock", "check"},
		"two exchanged letters":      {"sevre", "serve"},
		"capitals":                   {"SERVE", "serve"},
		"the nearest of two":         {"lisk", "list"},
		"the nearest, if it is last": {"linkk", "link"},
		"three mistakes":             {"arkhiwee", ""},
		"half of a short word":       {"lo", ""},
		"a different word":           {"deploy", ""},
		"nothing":                    {"", ""},
		"a very long word":           {strings.Repeat("archive", 10000), ""},
	} {
		t.Run(name, func(t *testing.T) { require.Equal(t, row.want, suggest.Similar(row.typed, known)) })
	}
}
