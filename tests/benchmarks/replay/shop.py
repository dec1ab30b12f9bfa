"""The app behind the benchmark's logs: a shop, with tables as wide as those of real ones."""

from datetime import datetime
from decimal import Decimal
from random import Random

from sqlalchemy import ForeignKey, Numeric, String, Text, func, insert
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column, relationship

CUSTOMERS, PRODUCTS, CATEGORIES, ORDERS = 1000, 2000, 40, 4000


class Base(DeclarativeBase):
    pass


class Customer(Base):
    __tablename__ = "customers"
    id: Mapped[int] = mapped_column(primary_key=True)
    email: Mapped[str] = mapped_column(String(120), index=True)
    first_name: Mapped[str] = mapped_column(String(60))
    last_name: Mapped[str] = mapped_column(String(60))
    phone_number: Mapped[str | None] = mapped_column(String(30))
    locale: Mapped[str] = mapped_column(String(8))
    loyalty_points: Mapped[int]
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    last_seen_at: Mapped[datetime | None]
    marketing_consent: Mapped[bool] = mapped_column(default=False)
    password_digest: Mapped[str] = mapped_column(String(100), default="")
    default_currency: Mapped[str] = mapped_column(String(3), default="EUR")
    addresses: Mapped[list["Address"]] = relationship(back_populates="customer")
    orders: Mapped[list["Order"]] = relationship(back_populates="customer")


class Address(Base):
    __tablename__ = "addresses"
    id: Mapped[int] = mapped_column(primary_key=True)
    customer_id: Mapped[int] = mapped_column(ForeignKey("customers.id"), index=True)
    street: Mapped[str] = mapped_column(String(120))
    postal_code: Mapped[str] = mapped_column(String(20))
    city: Mapped[str] = mapped_column(String(60))
    country_code: Mapped[str] = mapped_column(String(2))
    is_default: Mapped[bool]
    company_name: Mapped[str | None] = mapped_column(String(120))
    additional_line: Mapped[str | None] = mapped_column(String(120))
    verified_at: Mapped[datetime | None]
    customer: Mapped[Customer] = relationship(back_populates="addresses")


class Category(Base):
    __tablename__ = "categories"
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(60))
    slug: Mapped[str] = mapped_column(String(60))
    parent_category_id: Mapped[int | None]
    meta_description: Mapped[str | None] = mapped_column(String(200))
    is_visible: Mapped[bool] = mapped_column(default=True)
    position: Mapped[int]


class Product(Base):
    __tablename__ = "products"
    id: Mapped[int] = mapped_column(primary_key=True)
    category_id: Mapped[int] = mapped_column(ForeignKey("categories.id"), index=True)
    sku: Mapped[str] = mapped_column(String(40), index=True)
    name: Mapped[str] = mapped_column(String(120))
    description: Mapped[str] = mapped_column(Text)
    price: Mapped[Decimal] = mapped_column(Numeric(10, 2))
    stock: Mapped[int]
    views: Mapped[int]
    weight_grams: Mapped[int]
    updated_at: Mapped[datetime | None]
    manufacturer_name: Mapped[str | None] = mapped_column(String(120))
    tax_rate_percent: Mapped[int] = mapped_column(default=19)
    is_published: Mapped[bool] = mapped_column(default=True)
    main_image_url: Mapped[str | None] = mapped_column(String(200))
    category: Mapped[Category] = relationship()
    reviews: Mapped[list["Review"]] = relationship(order_by="Review.id")


class Review(Base):
    __tablename__ = "reviews"
    id: Mapped[int] = mapped_column(primary_key=True)
    product_id: Mapped[int] = mapped_column(ForeignKey("products.id"), index=True)
    customer_id: Mapped[int] = mapped_column(ForeignKey("customers.id"), index=True)
    stars: Mapped[int]
    headline: Mapped[str] = mapped_column(String(120))
    body: Mapped[str] = mapped_column(Text)
    helpful_votes: Mapped[int] = mapped_column(default=0)
    moderation_state: Mapped[str] = mapped_column(String(20), default="approved")
    published_at: Mapped[datetime | None]
    customer: Mapped[Customer] = relationship()


class Order(Base):
    __tablename__ = "orders"
    id: Mapped[int] = mapped_column(primary_key=True)
    customer_id: Mapped[int] = mapped_column(ForeignKey("customers.id"), index=True)
    number: Mapped[str] = mapped_column(String(40))
    status: Mapped[str] = mapped_column(String(20))
    total: Mapped[Decimal] = mapped_column(Numeric(10, 2))
    note: Mapped[str | None] = mapped_column(String(200))
    placed_at: Mapped[datetime] = mapped_column(server_default=func.now())
    shipped_at: Mapped[datetime | None]
    billing_address_id: Mapped[int | None]
    shipping_method: Mapped[str] = mapped_column(String(40), default="parcel")
    payment_reference: Mapped[str | None] = mapped_column(String(60))
    customer: Mapped[Customer] = relationship(back_populates="orders")
    lines: Mapped[list["OrderLine"]] = relationship(back_populates="order")


class OrderLine(Base):
    __tablename__ = "order_lines"
    id: Mapped[int] = mapped_column(primary_key=True)
    order_id: Mapped[int] = mapped_column(ForeignKey("orders.id"), index=True)
    product_id: Mapped[int] = mapped_column(ForeignKey("products.id"), index=True)
    quantity: Mapped[int]
    unit_price: Mapped[Decimal] = mapped_column(Numeric(10, 2))
    discount: Mapped[Decimal] = mapped_column(Numeric(10, 2))
    tax_rate_percent: Mapped[int] = mapped_column(default=19)
    shipped_quantity: Mapped[int] = mapped_column(default=0)
    gift_message: Mapped[str | None] = mapped_column(String(200))
    order: Mapped[Order] = relationship(back_populates="lines")


class PageView(Base):
    __tablename__ = "page_views"
    id: Mapped[int] = mapped_column(primary_key=True)
    path: Mapped[str] = mapped_column(String(200))
    referrer: Mapped[str | None] = mapped_column(String(200))
    user_agent: Mapped[str | None] = mapped_column(String(200))
    milliseconds: Mapped[int]


def stock(session: Session) -> None:
    """Fill the tables."""
    random = Random(3)
    session.execute(
        insert(Customer),
        [
            {
                "email": f"customer{n}@example.com",
                "first_name": f"First {n}",
                "last_name": f"O'Last {n}",
                "phone_number": f"+49 30 {random.randrange(10**7)}",
                "locale": "de_DE",
                "loyalty_points": n,
            }
            for n in range(CUSTOMERS)
        ],
    )
    session.execute(
        insert(Category), [{"name": f"Things {n}", "slug": f"things-{n}", "position": n} for n in range(CATEGORIES)]
    )
    session.execute(
        insert(Product),
        [
            {
                "category_id": n % CATEGORIES + 1,
                "sku": f"SKU-{n:06}",
                "name": f"Thing {n}",
                "description": f'What thing {n} is good for; "quotes" and a\ttab.',
                "price": random.randrange(100, 99999) / 100,
                "stock": 1000,
                "views": 0,
                "weight_grams": random.randrange(10, 5000),
            }
            for n in range(PRODUCTS)
        ],
    )
    session.execute(
        insert(Address),
        [
            {
                "customer_id": n % CUSTOMERS + 1,
                "street": f"Street {n}",
                "postal_code": f"{10000 + n}",
                "city": "Berlin",
                "country_code": "DE",
                "is_default": n < CUSTOMERS,
            }
            for n in range(2 * CUSTOMERS)
        ],
    )
    session.execute(
        insert(Review),
        [
            {
                "product_id": n % PRODUCTS + 1,
                "customer_id": random.randrange(CUSTOMERS) + 1,
                "stars": n % 5 + 1,
                "headline": f"Review {n}",
                "body": "It does what it says.",
            }
            for n in range(3 * PRODUCTS)
        ],
    )
    session.execute(
        insert(Order),
        [
            {"customer_id": n % CUSTOMERS + 1, "number": f"2026-{n:07}", "status": "paid", "total": n % 500}
            for n in range(ORDERS)
        ],
    )
    session.execute(
        insert(OrderLine),
        [
            {
                "order_id": n % ORDERS + 1,
                "product_id": random.randrange(PRODUCTS) + 1,
                "quantity": 1,
                "unit_price": 5,
                "discount": 0,
            }
            for n in range(3 * ORDERS)
        ],
    )
