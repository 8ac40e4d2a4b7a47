package config_test

import (
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

func minimalConfig() *config.Config {
	return &config.Config{
		Listen:  ":443",
		TLS:     config.TLS{Mode: config.TLSOff},
		DataDir: "/var/lib/skill",
		Admin:   config.Admin{Listen: "127.0.0.1:9090"},
		Log:     config.Log{Level: "info", Format: "json"},
		Skills: []config.Skill{{
			Name:           "halfelf",
			Path:           "/alexa/halfelf",
			ApplicationID:  "amzn1.ask.skill.00000000-0000-0000-0000-000000000000",
			InvocationName: "half elf",
			Feed:           "https://halfelf.org/feed/",
			Timezone:       "UTC",
			History:        true,
			Locales:        []string{"en-US"},
		}},
		AccountLinking: config.AccountLinking{Path: "/link", Record: "redacted", RecordFor: "24h"},
	}
}

func TestParseSetsDefaults(t *testing.T) {
	got, err := config.Parse("skill.yaml", []byte(minimal), emptyEnv)
	require.NoError(t, err)
	require.Equal(t, minimalConfig(), got)
}

func TestParseAcceptsEditorVariants(t *testing.T) {
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
			require.Equal(t, minimalConfig(), got)
		})
	}
}

func TestExampleIsValid(t *testing.T) {
	want := minimalConfig()
	want.PublicURL = "https://skill.example.com"
	want.TLS = config.TLS{Mode: config.TLSACME, Domains: []string{"skill.example.com"}, Email: "you@example.com"}
	want.Proxy.Trusted = []string{}
	want.Skills[0].Title = "Half Elf"
	want.Skills[0].Path = "/alexa"
	want.Skills[0].Timezone = "America/Los_Angeles"

	got, err := config.Load(example, emptyEnv)
	require.NoError(t, err)
	require.Equal(t, want, got)
	require.Equal(t, "https://skill.example.com/alexa", got.EndpointURL(got.Skills[0]))
	require.Equal(t, "America/Los_Angeles", got.Skills[0].Location().String())
}

func TestExampleExplainsEveryKey(t *testing.T) {
	text, err := os.ReadFile(example)
	require.NoError(t, err)
	var explain func(reflect.Type)
	explain = func(typ reflect.Type) {
		for f := range typ.Fields() {
			key := f.Tag.Get("yaml")
			require.NotEmpty(t, key, "%s.%s", typ, f.Name)
			commented := regexp.MustCompile(`(?m)^ *#.*\n *(- )?` + key + `:|^ *(- )?` + key + `:.*#`)
			require.Regexp(t, commented, string(text), "%s.%s", typ, f.Name)
			switch f.Type.Kind() {
			case reflect.Struct:
				explain(f.Type)
			case reflect.Slice:
				if f.Type.Elem().Kind() == reflect.Struct {
					explain(f.Type.Elem())
				}
			}
		}
	}
	explain(reflect.TypeFor[config.Config]())
}

func TestVariablesAreExpandedOnce(t *testing.T) {
	vars := env(map[string]string{
		"EMPTY": "", "PASSWORD": "${EMPTY}: [x] # \"", "HOST": "halfelf.org", "KEY": "data_dir",
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

func TestSelfSignedDomains(t *testing.T) {
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
	for text, want := range map[string]config.Proxy{
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
	require.ErrorContains(t, err, "the configuration is the file that --config names, else SKILL_CONFIG, else /etc/skill/skill.yaml")

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
