package feed

import "strings"

// AddressKey returns the same string for two ids or links that differ only in the scheme, http or https. Other
// differences stay.
func AddressKey(address string) string {
	if rest, ok := strings.CutPrefix(address, "http://"); ok {
		return "https://" + rest
	}
	return address
}

// OtherScheme returns an id or link with the other scheme of http and https. It returns an id that is not an address
// unchanged.
func OtherScheme(address string) string {
	if rest, ok := strings.CutPrefix(address, "https://"); ok {
		return "http://" + rest
	}
	return AddressKey(address)
}

// MovedAddresses returns an id or link at each other host of a blog, with both schemes. hosts are all hosts of the
// blog. The result is nil if the address is not at one of them.
func MovedAddresses(address string, hosts []string) (moved []string) {
	rest, isAddress := strings.CutPrefix(AddressKey(address), "https://")
	end := strings.IndexAny(rest+"/", "/?#")
	host := strings.ToLower(rest[:end])
	own := false
	for _, other := range hosts {
		if own = own || other == host; other != host {
			moved = append(moved, "https://"+other+rest[end:], "http://"+other+rest[end:])
		}
	}
	if !isAddress || !own {
		return nil
	}
	return moved
}
