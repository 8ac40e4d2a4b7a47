package service

import (
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"lastpost/internal/config"
)

// atRunTime are the keys that a reload takes up.
var atRunTime = []string{
	"public_url", "tls.cert_file", "tls.key_file", "proxy.header", "proxy.trusted", "admin.password_file", "log.level", "skills",
	"account_linking.path", "account_linking.authorization_url", "account_linking.token_url", "account_linking.authorize",
	"account_linking.record", "account_linking.record_for",
}

// TestEveryKeyIsReloadedOrNamed changes each key of the configuration: what a reload does not take up it refuses by name.
func TestEveryKeyIsReloadedOrNamed(t *testing.T) {
	var change func(path string, at func(*config.Config) reflect.Value)
	change = func(path string, at func(*config.Config) reflect.Value) {
		for f := range at(&config.Config{}).Type().Fields() {
			key := strings.TrimPrefix(path+"."+f.Tag.Get("yaml"), ".")
			field := func(c *config.Config) reflect.Value { return at(c).FieldByIndex(f.Index) }
			if f.Type.Kind() == reflect.Struct {
				change(key, field)
				continue
			}
			next := &config.Config{}
			switch value := field(next); value.Kind() {
			case reflect.String:
				value.SetString("changed")
			case reflect.Slice:
				value.Set(reflect.MakeSlice(f.Type, 1, 1))
			default:
				t.Fatalf("%s is of a kind that this test does not know", key)
			}
			var want []string
			if !slices.Contains(atRunTime, key) {
				want = []string{key}
			}
			require.Equal(t, want, restartOnlyKeys(&config.Config{}, next), key)
		}
	}
	change("", func(c *config.Config) reflect.Value { return reflect.ValueOf(c).Elem() })
}

// TestPublicURLMayNameTheCertificate refuses another public_url where a CA's certificates are chosen by it.
func TestPublicURLMayNameTheCertificate(t *testing.T) {
	for mode, want := range map[config.TLSMode][]string{config.TLSACME: {"public_url"}, config.TLSFiles: nil, config.TLSOff: nil} {
		tls := config.TLS{Mode: mode}
		require.Equal(t, want, restartOnlyKeys(&config.Config{TLS: tls}, &config.Config{TLS: tls, PublicURL: "https://b.example"}), mode)
	}
}
