package feed

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestSchemesOfAddresses(t *testing.T) {
	for _, row := range []struct{ address, key, other string }{
		{"http://blog.test/1", "https://blog.test/1", "https://blog.test/1"},
		{"https://blog.test/1", "https://blog.test/1", "http://blog.test/1"},
		{"tag:blog.test,2026:http://1", "tag:blog.test,2026:http://1", "tag:blog.test,2026:http://1"},
		{"17", "17", "17"},
		{"", "", ""},
	} {
		require.Equal(t, row.key, AddressKey(row.address))
		require.Equal(t, row.other, OtherScheme(row.address))
		require.Equal(t, AddressKey(row.address), AddressKey(OtherScheme(row.address)))
	}
}

func TestMovedAddresses(t *testing.T) {
	hosts := []string{"old.test", "www.new.test"}
	for _, row := range []struct {
		claim, address string
		want           []string
	}{
		{"a path", "http://old.test/2026/tea/", []string{"https://www.new.test/2026/tea/", "http://www.new.test/2026/tea/"}},
		{"a query is a part of the path", "http://old.test/?p=12", []string{"https://www.new.test/?p=12", "http://www.new.test/?p=12"}},
		{"a query without a path", "http://old.test?p=12", []string{"https://www.new.test?p=12", "http://www.new.test?p=12"}},
		{"a fragment", "https://old.test/day#1", []string{"https://www.new.test/day#1", "http://www.new.test/day#1"}},
		{"only a host", "https://old.test", []string{"https://www.new.test", "http://www.new.test"}},
		{"back to the old host", "https://WWW.New.test/1", []string{"https://old.test/1", "http://old.test/1"}},
		{"another host", "https://other.test/1", nil},
		{"a host that begins with the blog's host", "https://old.test.evil.test/1", nil},
		{"www is another host until a redirect says otherwise", "https://new.test/1", nil},
		{"another port", "https://old.test:8080/1", nil},
		{"an id that is not an address", "tag:old.test,2026:1", nil},
		{"an address within an id", "urn:https://old.test/1", nil},
		{"an empty id", "", nil},
	} {
		require.Equal(t, row.want, MovedAddresses(row.address, hosts), row.claim)
	}
	require.Nil(t, MovedAddresses("https://old.test/1", nil))
}
