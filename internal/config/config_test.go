package config_test

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"lastpost/internal/config"
)

const example = "../../configs/skill.yaml"

// emptyEnv is an environment without variables.
func emptyEnv(string) (string, bool) { return "", false }

func env(vars map[string]string) func(string) (string, bool) {
	return func(name string) (string, bool) { v, ok := vars[name]; return v, ok }
}

const minimal = `tls:
  mode: "off"
skills:
  - name: halfelf
    application_id: amzn1.ask.skill.00000000-0000-0000-0000-000000000000
    invocation_name: half elf
    feed: https://halfelf.org/feed/
`

// minimalConfig returns the configuration minimal with the defaults of the tags.
func minimalConfig(t *testing.T) *config.Config {
	t.Helper()
	c := &config.Config{
		TLS: config.TLS{Mode: config.TLSOff},
		Skills: []config.Skill{{
			Name:           "halfelf",
			Path:           "/alexa/halfelf",
			ApplicationID:  "amzn1.ask.skill.00000000-0000-0000-0000-000000000000",
			InvocationName: "half elf",
			Feed:           "https://halfelf.org/feed/",
		}},
	}
	setDefaults(t, reflect.ValueOf(c).Elem())
	return c
}

// setDefaults sets the fields to the defaults in their tags.
func setDefaults(t *testing.T, of reflect.Value) {
	t.Helper()
	for field, value := range of.Fields() {
		def, defaulted := field.Tag.Lookup("default")
		switch {
		case value.Kind() == reflect.Struct:
			setDefaults(t, value)
		case value.Kind() == reflect.Slice && defaulted:
			value.Set(reflect.ValueOf([]string{def}))
		case value.Kind() == reflect.Slice && nested(field.Type) != nil:
			for i := range value.Len() {
				setDefaults(t, value.Index(i))
			}
		case defaulted:
			_, err := fmt.Sscan(def, value.Addr().Interface())
			require.NoError(t, err, field.Name)
		}
	}
}

// TestMinimalConfigDefaults has the defaults that a typing error in a tag must not change.
func TestMinimalConfigDefaults(t *testing.T) {
	c := minimalConfig(t)
	require.Equal(t, ":443", c.Listen)
	require.Equal(t, "/var/lib/skill", c.DataDir)
	require.Equal(t, "127.0.0.1:9090", c.Admin.Listen)
	require.Equal(t, config.AccountLinking{Path: "/link", ClientAuthentication: "basic", Record: "redacted", RecordFor: "24h"}, c.AccountLinking)
}

func TestParseSetsDefaults(t *testing.T) {
	got, err := config.Parse("skill.yaml", []byte(minimal), emptyEnv)
	require.NoError(t, err)
	require.Equal(t, minimalConfig(t), got, "a wrong default: see setDefault in internal/config/decode.go")
}

func TestParseAcceptsEditorVariants(t *testing.T) {
	want, err := config.Parse("skill.yaml", []byte(minimal), emptyEnv)
	require.NoError(t, err)
	for name, text := range map[string]string{
		"a byte order mark":     "\ufeff" + minimal,
		"carriage returns":      strings.ReplaceAll(minimal, "\n", "\r\n"),
		"document markers":      "---\n" + minimal + "...\n",
		"no final newline":      strings.TrimSuffix(minimal, "\n"),
		"a bare off":            strings.Replace(minimal, `"off"`, "off", 1),
		"empty optional values": minimal + "public_url: \"\"\n",
	} {
		t.Run(name, func(t *testing.T) {
			got, err := config.Parse("skill.yaml", []byte(text), emptyEnv)
			require.NoError(t, err)
			require.Equal(t, want, got)
		})
	}
}

func TestExampleIsValid(t *testing.T) {
	want := minimalConfig(t)
	want.PublicURL = "https://skill.example.com"
	want.TLS = config.TLS{Mode: config.TLSACME, Domains: []string{"skill.example.com"}, Email: "you@example.com"}
	want.Proxy.Trusted = []string{}
	want.AccountLinking.AllowPaths = []string{}
	want.AccountLinking.Scopes = []string{}
	want.Skills[0].Title = "Half Elf"
	want.Skills[0].Path = "/alexa"
	want.Skills[0].Timezone = "America/Los_Angeles"
	want.Skills[0].Pronounce = []config.PronouncedWord{{Word: "halfelf", Alias: "half elf"}}

	got, err := config.Load(example, emptyEnv)
	require.NoError(t, err)
	require.Equal(t, want, got, "configs/skill.yaml must have the default, or TestExampleIsValid its value")
	require.Equal(t, "https://skill.example.com/alexa", got.EndpointURL(got.Skills[0]))
	require.Equal(t, "America/Los_Angeles", got.Skills[0].Location().String())
}

func TestExampleExplainsEveryKey(t *testing.T) {
	text, err := os.ReadFile(example)
	require.NoError(t, err)
	var explain func(reflect.Type, string)
	explain = func(typ reflect.Type, path string) {
		for f := range typ.Fields() {
			key := f.Tag.Get("yaml")
			require.NotEmpty(t, key, "%s.%s", typ, f.Name)
			commented := regexp.MustCompile(`(?m)^ *#.*\n *(- )?` + key + `:|^ *(- )?` + key + `:.*#`)
			if !commented.Match(text) {
				t.Errorf("add the key %s%s with a comment to configs/skill.yaml", path, key)
			}
			if inner := nested(f.Type); inner != nil {
				explain(inner, path+key+".")
			}
		}
	}
	explain(reflect.TypeFor[config.Config](), "")
}

func TestVariablesAreExpandedOnce(t *testing.T) {
	vars := env(map[string]string{
		"EMPTY": "", "BLANK": " ", "PASSWORD": "${EMPTY}: [x] # \"", "HOST": "halfelf.org", "KEY": "data_dir",
	})
	for text, want := range map[string]string{
		`/a/${HOST}/b`:     "/a/halfelf.org/b",
		`"/a${EMPTY}b"`:    "/ab",
		`/${PASSWORD}`:     `/${EMPTY}: [x] # "`,
		`/$${HOST}`:        "/${HOST}",
		`/$$${HOST}`:       "/$${HOST}",
		`/$HOST/$$/$`:      "/$HOST/$$/$",
		`/${HOST}${HOST}`:  "/halfelf.orghalfelf.org",
		`'/$${ ${HOST} }'`: "/${ halfelf.org }",
		`/${HOST:-a}`:      "/halfelf.org",
		`/${NONE:-a}`:      "/a",
		`/${EMPTY:-a}`:     "/a",
		`/${BLANK:-a}`:     "/ ",
		`/${NONE:-}`:       "/",
		`/${NONE:--}/$`:    "/-/$",
		`/${NONE:-$HOST}`:  "/$HOST",
		`"/${NONE:-a: #}"`: "/a: #",
		`/$${NONE:-a}`:     "/${NONE:-a}",
	} {
		t.Run(text, func(t *testing.T) {
			got, err := config.Parse("skill.yaml", []byte(minimal+"data_dir: "+text+"\n"), vars)
			require.NoError(t, err)
			require.Equal(t, want, got.DataDir)
		})
	}
	got, err := config.Parse("skill.yaml", []byte(minimal+`admin: {listen: "${EMPTY}"}`), vars)
	require.NoError(t, err)
	require.Empty(t, got.Admin.Listen)
}

func TestListMayBeTextWithCommas(t *testing.T) {
	vars := env(map[string]string{"ONE": "en-GB", "TWO": "en-GB, en-US", "ODD": " ,en-GB,, en-US ,", "LIST": "[en-GB, en-US]"})
	for text, want := range map[string][]string{
		`en-GB`:              {"en-GB"},
		`en-GB, en-US`:       {"en-GB", "en-US"},
		`${ONE}`:             {"en-GB"},
		`${TWO}`:             {"en-GB", "en-US"},
		`${ODD}`:             {"en-GB", "en-US"},
		`${NONE:-en-AU}`:     {"en-AU"},
		`${ONE},en-AU`:       {"en-GB", "en-AU"},
		`["${ONE}", en-AU]`:  {"en-GB", "en-AU"},
		`["${NONE:-en-AU}"]`: {"en-AU"},
		`["${TWO}"]`:         nil, // the items of a list are not split
		`${LIST}`:            nil, // a value is not YAML
	} {
		t.Run(text, func(t *testing.T) {
			got, err := config.Parse("skill.yaml", []byte(minimal+"    locales: "+text+"\n"), vars)
			if want == nil {
				require.ErrorContains(t, err, "skills[0].locales[0]: must be")
				return
			}
			require.NoError(t, err)
			require.Equal(t, want, got.Skills[0].Locales)
		})
	}
}

func TestSelfSignedDefaultDomains(t *testing.T) {
	for name, row := range map[string]struct {
		text     string
		names    []string
		endpoint string
	}{
		"localhost only":         {"tls: {mode: self-signed}", []string{"localhost"}, ""},
		"localhost and the host": {"public_url: https://a.example:443\ntls: {mode: self-signed}", []string{"localhost", "a.example"}, "https://a.example/alexa/halfelf"},
		"given domains":          {"tls: {mode: self-signed, domains: [b.example]}", []string{"b.example"}, "https://b.example/alexa/halfelf"},
		"an empty list":          {"tls: {mode: self-signed, domains: []}", []string{"localhost"}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			text := strings.Replace(minimal, "tls:\n  mode: \"off\"", row.text, 1)
			got, err := config.Parse("skill.yaml", []byte(text), emptyEnv)
			require.NoError(t, err)
			require.Equal(t, row.names, got.TLS.Domains)
			require.Equal(t, row.endpoint, got.EndpointURL(got.Skills[0]))
		})
	}
}

func TestTrustsLoopbackProxyByDefault(t *testing.T) {
	for text, want := range map[string]config.ProxyConfig{
		"":                           {},
		"proxy: {header: X-Real-IP}": {Header: "X-Real-IP", Trusted: []string{"127.0.0.0/8", "::1/128"}},
		"proxy: {header: X-Forwarded-For, trusted: [10.0.0.0/8, \"2001:db8::1\"]}": {Header: "X-Forwarded-For", Trusted: []string{"10.0.0.0/8", "2001:db8::1"}},
	} {
		t.Run(text, func(t *testing.T) {
			got, err := config.Parse("skill.yaml", []byte(minimal+text+"\n"), emptyEnv)
			require.NoError(t, err)
			require.Equal(t, want, got.Proxy)
		})
	}
}

func TestLoadErrorNamesSearchPath(t *testing.T) {
	dir := t.TempDir()
	_, err := config.Load(filepath.Join(dir, "skill.yaml"), emptyEnv)
	require.ErrorIs(t, err, fs.ErrNotExist)
	require.ErrorContains(t, err, "the configuration is the file that --config names, else SKILL_CONFIG, else /etc/skill/skill.yaml; the command \"init\" writes it")

	_, err = config.Load(dir, emptyEnv)
	require.ErrorContains(t, err, "is a directory")

	locked := filepath.Join(dir, "locked.yaml")
	require.NoError(t, os.WriteFile(locked, []byte(minimal), 0o000))
	if os.Geteuid() != 0 {
		_, err = config.Load(locked, emptyEnv)
		require.ErrorIs(t, err, fs.ErrPermission)
	}

	_, err = config.Load("/dev/zero", emptyEnv)
	require.EqualError(t, err, "/dev/zero:1: is larger than 1 MiB: this cannot be the configuration")
}

func TestInvalidTimezoneIsUTC(t *testing.T) {
	require.Equal(t, time.UTC, config.Skill{Timezone: "Mars/Olympus"}.Location())
}
