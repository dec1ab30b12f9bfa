"""What the shop's visitors ask for: one function a request, each one transaction, as a web handler has it.

Most are well written. ``order_history`` has an N+1 and ``stock_check`` looks up in a loop, so that the logs hold what
triage searches for beside all that it has to leave alone.
"""

from collections.abc import Callable, Mapping
from datetime import datetime
from decimal import Decimal
from random import Random

from sqlalchemy import func, insert, select, text, update
from sqlalchemy.orm import Session, joinedload, selectinload

from tests.benchmarks.replay.shop import (
    CATEGORIES,
    CUSTOMERS,
    ORDERS,
    PRODUCTS,
    Address,
    Category,
    Customer,
    Order,
    OrderLine,
    PageView,
    Product,
    Review,
)

Request = Callable[[Session, Random], None]


def product_page(session: Session, random: Random) -> None:
    product = session.get_one(Product, random.randrange(PRODUCTS) + 1)
    _ = product.category.name
    reviews = select(Review).where(Review.product_id == product.id).order_by(Review.id.desc()).limit(5)
    session.scalars(reviews.options(joinedload(Review.customer))).all()
    session.scalar(select(func.avg(Review.stars)).where(Review.product_id == product.id))
    similar = select(Product).where(Product.category_id == product.category_id, Product.id != product.id)
    session.scalars(similar.order_by(Product.views.desc()).limit(4)).all()
    session.execute(update(Product).where(Product.id == product.id).values(views=Product.views + 1))
    session.commit()


def checkout(session: Session, random: Random) -> None:
    customer = _signed_in(session, random)
    address = select(Address).where(Address.customer_id == customer.id, Address.is_default.is_(True))
    session.scalars(address).first()
    chosen = sorted(random.sample(range(1, PRODUCTS + 1), random.randrange(1, 5)))
    products = session.scalars(select(Product).where(Product.id.in_(chosen))).all()
    # The rows that are updated come before those that refer to them: the other way round deadlocks on MySQL.
    customer.loyalty_points += 1
    for product in products[:1]:
        session.execute(update(Product).where(Product.id == product.id).values(stock=Product.stock - 1))
    number, total = f"2026-{random.randrange(10**9)}", sum((product.price for product in products), Decimal())
    order = Order(customer_id=customer.id, number=number, status="new", total=total, note="Ring twice; it's loud")
    order.lines = [
        OrderLine(product_id=product.id, quantity=1, unit_price=product.price, discount=Decimal())
        for product in products
    ]
    session.add(order)
    session.commit()


def order_history(session: Session, random: Random) -> None:
    """An N+1: the lines of each order are loaded on their own."""
    customer = _signed_in(session, random)
    orders = select(Order).where(Order.customer_id == customer.id).order_by(Order.placed_at.desc()).limit(20)
    for order in session.scalars(orders):
        len(order.lines)
    session.commit()


def invoice(session: Session, random: Random) -> None:
    """The same, well written."""
    one = select(Order).where(Order.id == random.randrange(ORDERS) + 1)
    session.scalars(one.options(joinedload(Order.customer), selectinload(Order.lines))).all()
    session.execute(update(Order).where(Order.id == random.randrange(ORDERS) + 1).values(status="invoiced"))
    session.commit()


def search(session: Session, random: Random) -> None:
    session.scalars(select(Category).order_by(Category.position)).all()
    matches = Product.name.ilike(f"%{random.randrange(100)}%")
    session.scalar(select(func.count()).select_from(Product).where(matches))
    page = select(Product).where(matches, Product.price < random.randrange(100, 900)).order_by(Product.price)
    session.scalars(page.limit(20).offset(20 * random.randrange(3))).all()
    session.commit()


def profile(session: Session, random: Random) -> None:
    customer = _signed_in(session, random)
    len(customer.addresses)
    session.scalar(select(func.count()).select_from(Order).where(Order.customer_id == customer.id))
    customer.last_seen_at = datetime(2026, 1, 1 + random.randrange(28), random.randrange(24))
    session.commit()


def stock_check(session: Session, random: Random) -> None:
    """Looks up one product after another."""
    session.scalars(select(Category).where(Category.id == random.randrange(CATEGORIES) + 1)).all()
    for _ in range(12):
        session.scalars(select(Product).where(Product.sku == f"SKU-{random.randrange(PRODUCTS):06}")).first()
    session.commit()


def failed_login(session: Session, random: Random) -> None:
    session.scalars(select(Customer).where(Customer.email == f"nobody{random.randrange(10**6)}@example.com")).first()
    session.rollback()


def health(session: Session, _: Random) -> None:
    session.execute(text("SELECT 1"))
    session.rollback()


def import_views(session: Session, random: Random) -> None:
    """A bulk insert."""
    views = [
        {"path": f"/things/{random.randrange(PRODUCTS)}", "referrer": None, "milliseconds": random.randrange(900)}
        for _ in range(50)
    ]
    session.execute(insert(PageView), views)
    session.commit()


WEIGHTS: Mapping[Request, int] = {
    product_page: 40,
    checkout: 20,
    invoice: 12,
    search: 10,
    profile: 10,
    health: 6,
    failed_login: 3,
    order_history: 3,
    stock_check: 1,
    import_views: 1,
}


def _signed_in(session: Session, random: Random) -> Customer:
    email = f"customer{random.randrange(CUSTOMERS)}@example.com"
    return session.scalars(select(Customer).where(Customer.email == email)).one()
