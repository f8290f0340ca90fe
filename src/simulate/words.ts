// Names that people really have, with the letters an address is made of. A simulated directory that speaks only ASCII would
// prove too little.

export type Name = {
  readonly shown: string
  /** For the address: `zoe` of `Zoë`. */
  readonly plain: string
}

export type Culture = { readonly locale: string; readonly city: string; readonly given: readonly Name[]; readonly family: readonly Name[] }

/** `Zoë=zoe Björn=bjorn Lars` as names; without `=` the lower-case form is the plain one. */
function names(list: string): readonly Name[] {
  return list.split(' ').map((entry) => {
    const [shown = '', plain = shown.toLowerCase()] = entry.split('=')
    return { shown, plain }
  })
}

export const CULTURES: readonly Culture[] = [
  {
    locale: 'en-US',
    city: 'New York',
    given: names('Alice Marcus Dana Joan Walter Priscilla'),
    family: names('Example Carter Nguyen Whitfield Okafor'),
  },
  {
    locale: 'de-DE',
    city: 'München',
    given: names('Jürgen=juergen Zoë=zoe Anke Björn=bjoern'),
    family: names('Müller=mueller Weiß=weiss Schröder=schroeder Vogt'),
  },
  {
    locale: 'fr-FR',
    city: 'Besançon',
    given: names('Élodie=elodie François=francois Maëlle=maelle Luc'),
    family: names('Lefèvre=lefevre Gagné=gagne Noël=noel'),
  },
  {
    locale: 'pl-PL',
    city: 'Łódź',
    given: names('Łukasz=lukasz Małgorzata=malgorzata Zbigniew'),
    family: names('Wiśniewska=wisniewska Żak=zak Dąbrowski=dabrowski'),
  },
  {
    locale: 'tr-TR',
    city: 'İzmir',
    given: names('İpek=ipek Çağrı=cagri Gökhan=gokhan'),
    family: names('Yıldız=yildiz Şahin=sahin Öztürk=ozturk'),
  },
  {
    locale: 'ja-JP',
    city: '東京',
    given: names('太郎=taro 花子=hanako 翔太=shota'),
    family: names('山田=yamada 鈴木=suzuki 𠮷野=yoshino'),
  },
  { locale: 'ar-EG', city: 'القاهرة', given: names('محمد=mohamed ليلى=layla يوسف=youssef'), family: names('حسن=hassan عبدالله=abdullah') },
  { locale: 'vi-VN', city: 'Hà Nội', given: names('Hương=huong Đức=duc Thảo=thao'), family: names('Nguyễn=nguyen Trần=tran Phạm=pham') },
  {
    locale: 'en-IE',
    city: 'Dún Laoghaire',
    given: names("Siobhán=siobhan Seán=sean D'Arcy=darcy"),
    family: names("O'Brien=obrien Ní-Dhuibhne=ni-dhuibhne McCann"),
  },
  {
    locale: 'el-GR',
    city: 'Θεσσαλονίκη',
    given: names('Ελένη=eleni Γιώργος=giorgos'),
    family: names('Παπαδόπουλος=papadopoulos Νικολάου=nikolaou'),
  },
]

export const TITLES: readonly string[] = [
  'Engineer',
  'Staff Engineer',
  'Account Executive',
  'Accountant',
  'Designer',
  'Site Reliability Engineer',
  'Recruiter',
  'Analyst',
]

export const DEPARTMENTS: readonly string[] = ['Platform', 'Sales', 'Finance', 'Design', 'People & Culture', 'Research']

/** Path-like, as companies name groups that mirror their structure. */
export const TEAMS: readonly string[] = [
  'Engineering',
  'Engineering/Platform',
  'Engineering/Platform/On-Call',
  'Engineering/Web',
  'Sales',
  'Sales/EMEA',
  'Finance',
  'People & Culture',
  'Research/Ünïcode Lab',
  'Contractors',
]
