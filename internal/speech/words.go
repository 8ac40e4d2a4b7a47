package speech

// The words that tell where sentences end, in English and German. Each stands here
// in small letters and without its last stop, but those that begin a sentence.

// isTitle tells what stands before a name, as long as it begins with a capital.
func isTitle(word string) bool {
	switch word {
	case "Mr", "Mrs", "Ms", "Mx", "Messrs", "Dr", "Drs", "Prof", "Rev", "Hon", "Gov", "Sen", "Rep", "Pres", "Gen", "Col", "Maj", "Capt",
		"Lt", "Sgt", "Cpl", "Cmdr", "Adm", "Supt", "Msgr", "Hr", "Hrn", "Fr", "Frl", "Dipl", "Ing", "Dipl.-Ing", "Priv.-Doz":
		return true
	}
	return false
}

// belongsToNext tells the abbreviations behind which a sentence goes on. "etc.",
// "usw.", "Inc." and the like are none of them: they may end one, and where they
// do not, the next word begins small.
func belongsToNext(word string) bool {
	switch word {
	case "e.g", "eg", "i.e", "ie", "cf", "viz", "vs", "approx", "esp", "incl", "aka", "a.k.a":
		return true
	case "z.b", "zb", "d.h", "u.a", "o.ä", "i.d.r", "m.e", "u.u", "z.t", "s.o", "s.u", "v.a", "i.a", "sog", "vgl", "bzw", "ca", "ggf",
		"evtl", "inkl", "exkl", "zzgl", "bspw", "insb", "geb", "gest", "verh":
		return true
	}
	return false
}

// belongsToNumber tells the abbreviations that belong to a number behind them, and
// are words, or the end of a sentence, before anything else.
func belongsToNumber(word string) bool {
	switch word {
	case "no", "nos", "nr", "nrn", "fig", "figs", "vol", "vols", "ch", "chap", "sec", "art", "abs", "abb", "kap", "bd", "ziff", "tab", "eq",
		"p", "pp", "pt", "pg", "v", "ver", "op", "ed", "aufl", "tel", "ext", "apt", "rm", "jan", "feb", "mar", "apr", "jun", "jul", "aug",
		"sep", "sept", "oct", "okt", "nov", "dec", "dez":
		return true
	}
	return false
}

// beginsSentence tells the words that begin so many sentences that a single letter
// with a stop before them is more likely the end of one than an initial.
func beginsSentence(word string) bool {
	switch word {
	case "A", "After", "All", "Also", "An", "And", "Are", "As", "At", "Because", "Before", "But", "By", "Did", "Do", "Does", "For", "From",
		"He", "Her", "Here", "His", "How", "However", "I", "I'm", "I’m", "If", "In", "Is", "It", "It's", "It’s", "Its", "Let", "Many",
		"Most", "My", "No", "Not", "Now", "On", "One", "Or", "Our", "She", "Since", "So", "Some", "That", "That's", "That’s", "The",
		"Their", "Then", "There", "These", "They", "This", "Those", "To", "Under", "Until", "Was", "We", "Well", "What", "When", "Where",
		"Which", "While", "Who", "Why", "With", "Yes", "Yet", "You", "Your":
		return true
	case "Aber", "Als", "Am", "Auch", "Auf", "Aus", "Bei", "Da", "Dabei", "Damit", "Danach", "Dann", "Das", "Dass", "Dazu", "Dem",
		"Den", "Denn", "Der", "Die", "Dies", "Diese", "Dieser", "Dieses", "Doch", "Dort", "Du", "Ein", "Eine", "Er", "Es", "Für",
		"Hier", "Ich", "Ihr", "Im", "Ist", "Jetzt", "Man", "Mein", "Meine", "Mit", "Nach", "Nicht", "Noch", "Nun", "Nur", "Ob",
		"Oder", "Sein", "Seit", "Sie", "Und", "Unser", "Unsere", "Von", "Vor", "Wann", "Wenn", "Wer", "Wie", "Wir", "Wo", "Zu",
		"Zum", "Zur":
		return true
	}
	return false
}
