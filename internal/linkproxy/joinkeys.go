package linkproxy

// A key is what an exchange may be found to be of a trace by, and how that is called.
type key struct{ name, by string }

// sought are the keys by which an exchange is looked for, the surest first.
func sought(k *Exchange, flow string) (keys []key) {
	add := func(name, value, by string) {
		if value != "" {
			keys = append(keys, key{name + " " + value, by})
		}
	}
	asked := k.Facts.Request
	add("flow", flow, "browser")
	for _, name := range []string{"code", "refresh_token"} {
		add("given "+name, asked.Get(name), name)
		add("brought "+name+" by "+k.asker(), asked.Get(name), name)
	}
	if k.Facts.Verifier != nil {
		add("challenge", k.Facts.Verifier.S256, "code_verifier")
	}
	add("state by "+k.From, k.state(), "state")
	return keys
}

// leading are the names of the keys by which others are found to be of an exchange's trace. A code or refresh token that
// the OAuth server was seen to give is a secret, and whoever has it is of the same attempt. One that somebody brought may
// be made up, to catch whoever is going to be given it: it leads no further than to who brings it again.
func leading(k *Exchange, flow string) (names []string) {
	add := func(name, value string) {
		if value != "" {
			names = append(names, name+" "+value)
		}
	}
	asked := k.Facts.Request
	add("flow", flow)
	add("given code", k.Facts.Back.get("code"))
	add("given refresh_token", k.Facts.Members["refresh_token"].Value)
	for _, name := range []string{"code", "refresh_token"} {
		add("brought "+name+" by "+k.asker(), asked.Get(name))
	}
	if asked.Get("code_challenge_method") == "S256" {
		add("challenge", asked.Get("code_challenge"))
	}
	add("state by "+k.From, k.state())
	return names
}

// asker is who asks for tokens: one who has a secret, and otherwise one of an address.
func (x *Exchange) asker() string {
	if x.Facts.Client.Secret != "" {
		return "client " + x.Facts.Client.ID + " " + x.Facts.Client.Secret
	}
	return "address " + x.From
}

// state is Amazon's in an authorization request, which is the last one: those of the console's URL come before. Should it
// be the console's alone, it is everybody's, and so it counts for each address apart.
func (x *Exchange) state() string {
	states := x.Facts.Request["state"]
	if x.Leg != LegAuthorize || len(states) == 0 {
		return ""
	}
	return states[len(states)-1]
}
