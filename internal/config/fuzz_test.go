package config_test

import (
	"encoding/json"
	"os"
	"reflect"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"lastpost/internal/config"
)

// FuzzParse checks that errors have lines and remedies, and that an accepted configuration is accepted again when it is
// written out.
func FuzzParse(f *testing.F) {
	text, err := os.ReadFile(example)
	require.NoError(f, err)
	f.Add(text)
	for _, seed := range []string{
		"", minimal, "\ufeff" + minimal, strings.ReplaceAll(minimal, "\n", "\r\n"), minimal + "data_dir: $${A}${A}\n",
		"tls: {mode: off}\nskills: [name: a, {}, 3, null]", "a: &a [*a]\n<<: *a\n", "key:\n}", "{? {? ", "0::", "a: |\n\n\n b", "? a\n: b",
		"%YAML 1.2\n---\n", "--- !!map {a: !!str}\n...\n--- b", "&{0", ">\n>", "\"\\u12", "'", "\t", "a: |9\n b",
		"? &a\n: *a\n!!str : x", "skills:\n- name: !x\n  name: &y\n  <<:",
		minimal + "    locales: ${A},${B:-en-US}\ndata_dir: ${C:-/x}\n", "a: ${A:-${B:-c}}",
	} {
		f.Add([]byte(seed))
	}
	vars := env(map[string]string{"A": "${A}: [x]"})
	f.Fuzz(func(t *testing.T, data []byte) {
		cfg, err := config.Parse("f", data, vars)
		if err != nil {
			require.Nil(t, cfg)
			requireProblems(t, err)
			return
		}
		written, err := json.Marshal(plainValue(reflect.ValueOf(*cfg)))
		require.NoError(t, err)
		again, err := config.Parse("f", written, vars)
		require.NoError(t, err, "%s", written)
		requireSame(t, cfg, again)
	})
}

func requireProblems(t *testing.T, err error) {
	t.Helper()
	var problems config.Problems
	require.ErrorAs(t, err, &problems)
	last := 1
	for _, p := range problems {
		require.Equal(t, "f", p.File)
		require.GreaterOrEqual(t, p.Line, last, "in file order")
		require.NotEmpty(t, p.Message)
		require.NotContains(t, p.String(), "\n")
		last = p.Line
	}
}

// requireSame compares configurations. An empty list equals a missing one.
func requireSame(t *testing.T, want, got *config.Config) {
	t.Helper()
	require.Equal(t, plainValue(reflect.ValueOf(*want)), plainValue(reflect.ValueOf(*got)))
}

// plainValue returns v as JSON, which is also YAML. It shows secrets and escapes variables.
func plainValue(v reflect.Value) any {
	switch v.Kind() {
	case reflect.Struct:
		m := map[string]any{}
		for f, field := range v.Fields() {
			m[f.Tag.Get("yaml")] = plainValue(field)
		}
		return m
	case reflect.Slice:
		list := []any{}
		for i := range v.Len() {
			list = append(list, plainValue(v.Index(i)))
		}
		return list
	case reflect.String:
		return strings.ReplaceAll(v.String(), "${", "$${")
	}
	return v.Interface()
}
