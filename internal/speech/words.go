package speech

import "strings"

// These words help to find the ends of sentences, by language. All posts use all languages, because feeds often state a
// wrong language or none. Abbreviations are written in lower case and without the last stop.
var (
	// titleAbbreviations come before a name, so they do not end a sentence. They are case-sensitive.
	titleAbbreviations = languageWords(map[string]string{
		"en": "Mr Mrs Ms Mx Messrs Dr Drs Prof Rev Hon Gov Sen Rep Pres Gen Col Maj Capt Lt Sgt Cpl Cmdr Adm Supt Msgr",
		"de": "Hr Hrn Fr Frl Dipl Ing Dipl.-Ing Priv.-Doz Univ.-Prof Mag Bgm",
		"fr": "MM Mme Mmes Mlle Mlles Mgr Pr Ste Sts Dre",
		"es": `Sr Sra Srta Sres Sras Dra Dres Dña Lic Licda Arq Profa Mtro Mtra Ud Uds Vd Vds Gral Cnel Tte Pdte Excmo Excma Ilmo Ilma Sto Sta
			Fco Av Avda`,
		"it": "Sig Sigg Sig.ra Sig.na Dott Dott.ssa Prof.ssa Avv Geom Rag Egr Gent Spett Mons Cav Comm",
		"pt": "Eng Enga Exmo Exma Ilmo Cel Sgto Dep V.Exa",
		"nl": "Dhr Mevr Mw Ir Ds",
	})

	// midSentenceAbbreviations never end a sentence. "etc.", "usw.", "Inc." and similar ones are not in the list: they
	// may end a sentence, and otherwise the next word is in lower case. "z.b" is also "z. B."; "ad_es" is "ad es.".
	midSentenceAbbreviations = languageWords(map[string]string{
		"en": "e.g eg i.e ie cf viz vs approx esp incl aka a.k.a",
		"de": `z.b zb d.h u.a o.ä i.d.r m.e u.u z.t s.o s.u v.a i.a sog vgl bzw ca ggf evtl inkl exkl zzgl bspw insb geb gest verh
			dr.med med.dent med.vet dr.phil dr.rer rer.nat dr.jur dr.ing dr.h h.c mio mrd tsd z.hd hl i.v lt bez hrsg
			ehem allg u.ä i.h.v z.zt`,
		"fr": "p.ex c.-à-d av éd",
		"es": "p.ej p.e aprox",
		"it": "ad_es per_es p.es cfr v.le p.zza c.so",
		"pt": "p.ex p.e aprox",
		"nl": "bijv d.w.z m.b.t o.a t.o.v i.p.v i.v.m t.a.v a.h.w excl resp evt n.a.v m.u.v",
	})

	// numberAbbreviations are abbreviations only before a number. Otherwise they are normal words or end a sentence.
	numberAbbreviations = languageWords(map[string]string{
		"en": `no nos fig figs vol vols ch chap sec art eq p pp pt pg v ver op ed ext apt rm jan feb mar apr jun jul aug sep sept oct nov
			dec`,
		"de": "nr nrn abs abb kap bd ziff tab aufl tel str hausnr okt dez rn",
		"fr": "n° tél boul janv févr avr juil déc pl",
		"es": "núm núms pág págs ene abr dic teléf",
		"it": "nn pag pagg artt fasc giu sett ott dic",
		"pt": "nº fev mai",
		"nl": "blz hfst mrt mei okt",
	})

	// nameAbbreviations are parts of names, unless the next word starts a sentence.
	nameAbbreviations = wordSet("st mt ph.d al chr j.-c jh dhr mevr mw drs dr prof ir ing mr ds jhr")

	// sentenceStarters start sentences so often that a single letter with a stop before them is probably the end of a
	// sentence, not an initial. They keep their case. Words that are also parts of names, such as "La", are not listed.
	sentenceStarters = languageWords(map[string]string{
		"en": `A After All Also An And Are As At Because Before But By Did Do Does For From He Her Here His How However I I'm I’m If In Is
			It It's It’s Its Let Many Most My No Not Now On One Or Our She Since So Some That That's That’s The Their Then There These
			They This Those To Under Until Was We Well What When Where Which While Who Why With Yes Yet You Your`,
		"de": `Aber Als Am Auch Auf Aus Bei Da Dabei Damit Danach Dann Das Dass Dazu Dem Den Denn Der Die Dies Diese Dieser Dieses Doch
			Dort Du Ein Eine Er Es Für Hier Ich Ihr Im Ist Jetzt Man Mein Meine Mit Nach Nicht Noch Nun Nur Ob Oder Sein Seit Sie Und
			Unser Unsere Von Vor Wann Wenn Wer Wie Wir Wo Zu Zum Zur`,
		"fr": "Il Elle Ils Elles Nous Vous On Ce Cette Ces Mais Et Dans Pour Avec Puis Alors Quand Un Une",
		"es": "Luego Después Entonces Pero También Además Cuando Este Esta Esto Hoy Ayer Así Ahora Yo Ella Ellos Nosotros En Con Por Para Una Y",
		"it": "Poi Dopo Ma Anche Quando Questo Questa Oggi Ieri Così Ora Lui Lei Noi Loro Con Per Una E",
		"pt": "Depois Então Mas Também Quando Este Esta Isto Hoje Ontem Assim Agora Eu Ele Ela Nós Com Por Para Uma Em",
		"nl": "Daarna Maar Ook Toen Dit Deze Vandaag Gisteren Nu Ik Hij Zij Wij Met Voor Een Het",
	})

	// articles start sentences, but also names.
	articles = wordSet("El La Los Las Lo Le Les L' L’ Il I Gli O Os As De")

	// ordinalFollowers often follow a German ordinal number, so that the stop before them belongs to the number. They
	// include month names that are also English: "in chapter 3. May" is rare.
	ordinalFollowers = wordSet(`
		Januar Jänner Februar Feber März April Mai Juni Juli August September Oktober November Dezember Jan Feb Jahrhundert Jahrhunderts
		Jh Platz Klasse Auflage Teil Kapitel Geburtstag Tag Stock Mal Weltkrieg`)
)

// languageWords returns the words of all languages as a set.
func languageWords(byLanguage map[string]string) map[string]bool {
	var all strings.Builder
	for _, words := range byLanguage {
		all.WriteString(words + " ")
	}
	return wordSet(all.String())
}
