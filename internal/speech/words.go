package speech

// These English and German words help to find the ends of sentences. Abbreviations are written in lower case and
// without the last stop. Sentence starters keep their case.
var (
	// titleAbbreviations come before a name, so they do not end a sentence. They are case-sensitive.
	titleAbbreviations = wordSet(`
		Mr Mrs Ms Mx Messrs Dr Drs Prof Rev Hon Gov Sen Rep Pres Gen Col Maj Capt Lt Sgt Cpl Cmdr Adm Supt Msgr Hr Hrn Fr Frl Dipl Ing
		Dipl.-Ing Priv.-Doz`)

	// midSentenceAbbreviations never end a sentence. "etc.", "usw.", "Inc." and similar ones are not in the list: they
	// may end a sentence, and otherwise the next word is in lower case.
	midSentenceAbbreviations = wordSet(`
		e.g eg i.e ie cf viz vs approx esp incl aka a.k.a z.b zb d.h u.a o.ä i.d.r m.e u.u z.t s.o s.u v.a i.a sog vgl bzw ca ggf evtl
		inkl exkl zzgl bspw insb geb gest verh`)

	// numberAbbreviations are abbreviations only before a number. Otherwise they are normal words or end a sentence.
	numberAbbreviations = wordSet(`
		no nos nr nrn fig figs vol vols ch chap sec art abs abb kap bd ziff tab eq p pp pt pg v ver op ed aufl tel ext apt rm jan feb
		mar apr jun jul aug sep sept oct okt nov dec dez`)

	// sentenceStarters start sentences so often that a single letter with a stop before them is probably the end of a
	// sentence, not an initial.
	sentenceStarters = wordSet(`
		A After All Also An And Are As At Because Before But By Did Do Does For From He Her Here His How However I I'm I’m If In Is It
		It's It’s Its Let Many Most My No Not Now On One Or Our She Since So Some That That's That’s The Their Then There These They
		This Those To Under Until Was We Well What When Where Which While Who Why With Yes Yet You Your Aber Als Am Auch Auf Aus Bei Da
		Dabei Damit Danach Dann Das Dass Dazu Dem Den Denn Der Die Dies Diese Dieser Dieses Doch Dort Du Ein Eine Er Es Für Hier Ich Ihr
		Im Ist Jetzt Man Mein Meine Mit Nach Nicht Noch Nun Nur Ob Oder Sein Seit Sie Und Unser Unsere Von Vor Wann Wenn Wer Wie Wir Wo
		Zu Zum Zur`)

	// ordinalFollowers often follow a German ordinal number, so that the stop before them belongs to the number. They
	// include month names that are also English: "in chapter 3. May" is rare.
	ordinalFollowers = wordSet(`
		Januar Jänner Februar Feber März April Mai Juni Juli August September Oktober November Dezember Jan Feb Jahrhundert Jahrhunderts
		Jh Platz Klasse Auflage Teil Kapitel Geburtstag Tag Stock Mal Weltkrieg`)
)
