/** Users below this are services; their "home" may well be a folder of work. Root is none of them. */
const FIRST_PERSON_UID = 1_000;

/** Returns the home folders of people, root included, in the text of a system's user list (`/etc/passwd`). */
export function homesOfPeople(passwd: string): readonly string[] {
  return passwd.split('\n').flatMap((line) => {
    const [, , uid = '', , , home = ''] = line.split(':');
    const isPerson = uid === '0' || Number(uid) >= FIRST_PERSON_UID;
    return isPerson && home.startsWith('/') && home !== '/' ? [home] : [];
  });
}
