import type { Random } from './random.ts';

const customers = [
  'Amara Osei',
  'Lena Vogt',
  'Jonas Berg',
  'Priya Nair',
  'Tomás Rey',
  'Mei Lin',
  'Zoë Dubois',
];
const products = [
  'the espresso grinder',
  'the travel pass',
  'the desk lamp',
  'a gift card',
  'the annual plan',
];
const problems = [
  { titles: ['Charged twice', 'Double charge', 'Two charges for one order'], story: 'was charged twice for' },
  { titles: ['Parcel is late', 'Late delivery', 'Still no parcel'], story: 'is still waiting for' },
  { titles: ['Wants a refund', 'Refund request', 'Money back'], story: 'asks for the money back for' },
  { titles: ['Arrived damaged', 'Damaged on arrival'], story: 'received a damaged box of' },
];
const openings = [
  'As the chat shows,',
  'According to the call of this morning,',
  'Checked twice:',
  'In short:',
];
const closings = [
  'Please take over.',
  'It is within policy.',
  'No reply is needed.',
  'They expect an answer today.',
];
const greetings = ['Hello', 'Hi', 'Good morning', 'Dear customer'];
const news = [
  ['your refund is on its way', 'we have sent your refund'],
  ['your parcel left our warehouse', 'your parcel is on its way'],
  ['we changed your address as you asked', 'your new address is saved'],
  ['your booking is confirmed', 'we confirm your booking'],
];
const notes = [
  'the policy changed',
  'the wording was unclear',
  'the desk asked for it',
  'a link was broken',
  'the review is due',
];
const topics = ['Refunds', 'Shipping', 'Returns', 'Gift cards', 'Invoices', 'Warranty'];

/** Subject and body, as a model writes them. */
export interface Words {
  readonly subject: string;
  readonly body: string;
}

/** Words a ticket. The facts follow from the number of the case; with other random numbers only the words differ. */
export function wordTicket(random: Random, number: number): Words {
  const customer = at(customers, number);
  const { titles, story } = at(problems, number);
  const told = `${customer} ${story} ${at(products, number)} (CASE-${number}).`;
  return {
    subject: `${random.pick(titles)}: ${customer}`,
    body: `${random.pick(openings)} ${told} ${random.pick(closings)}`,
  };
}

/** Words a message; what it says follows from its number. */
export function wordMessage(random: Random, number: number): Words {
  const line = random.pick(at(news, number));
  return {
    subject: `About MSG-${number}: ${line}`,
    body: `${random.pick(greetings)}, ${line}. ${random.pick(closings)}`,
  };
}

/** Words the reason for a publication or an update. */
export function wordNote(random: Random): string {
  return `${random.pick(openings)} ${random.pick(notes)}.`;
}

/** Title and HTML of one revision of a page; they belong to the revision, so they are never worded anew. */
export function pageOf(number: number, revision: number): { readonly title: string; readonly html: string } {
  const topic = at(topics, number);
  return {
    title: `${topic}, part ${number}`,
    html: `<h1>${topic}</h1><p>Part ${number}, revision ${revision}: ask within ${10 + revision} days.</p>`,
  };
}

function at<T>(items: readonly T[], number: number): T {
  return items[number % items.length] as T;
}
