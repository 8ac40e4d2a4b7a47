package service

import (
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"lastpost/internal/config"
)

// reloadedKeys are the keys that a reload applies to the running service, or that only "skill deploy" reads.
var reloadedKeys = []string{
	"public_url", "tls.cert_file", "tls.key_file", "proxy.header", "proxy.trusted", "admin.password_file", "log.level", "skills",
	"account_linking.client_id", "account_linking.client_secret_file", "account_linking.client_authentication",
	"account_linking.scopes", "account_linking.path", "account_linking.authorization_url", "account_linking.token_url", "account_linking.authorize",
	"account_linking.record", "account_linking.record_for", "account_linking.allow_paths", "account_linking.key_file",
}

// TestReloadAppliesOrRefusesEachKey changes each key of the configuration. restartOnlyKeys must return each key that a
// reload cannot apply.
func TestReloadAppliesOrRefusesEachKey(t *testing.T) {
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
			case reflect.Bool:
				value.SetBool(true)
			case reflect.Int:
				value.SetInt(1)
			default:
				t.Fatalf("%s is of a new kind: add the kind in internal/service/reload_test.go", key)
			}
			var want []string
			if !slices.Contains(reloadedKeys, key) {
				want = []string{key}
			}
			require.Equal(t, want, restartOnlyKeys(&config.Config{}, next), "%s: if a reload changes it, add it to reloadedKeys in "+
				"internal/service/reload_test.go, otherwise to restartOnlyKeys in internal/service/reload.go", key)
		}
	}
	change("", func(c *config.Config) reflect.Value { return reflect.ValueOf(c).Elem() })
}

// TestReloadRefusesPublicURLOnlyWithACME changes public_url. A reload must refuse the change in mode acme only, because
// there public_url selects the certificate for clients without SNI.
func TestReloadRefusesPublicURLOnlyWithACME(t *testing.T) {
	for mode, want := range map[config.TLSMode][]string{config.TLSACME: {"public_url"}, config.TLSFiles: nil, config.TLSOff: nil} {
		tls := config.TLS{Mode: mode}
		require.Equal(t, want, restartOnlyKeys(&config.Config{TLS: tls}, &config.Config{TLS: tls, PublicURL: "https://b.example"}), mode)
	}
}
